/** F26: the certified values of the grid operator, which the program does not fetch yet. */
import { fault } from './fault.ts';

fault.skip(
  'F26',
  'certified API down, 429, half days, DST day',
  'retries with backoff; verdict incomplete; no wrong repair',
  'the program fetches no certified values yet: there is nothing to inject this into',
);
