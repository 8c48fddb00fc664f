/** What a scripted day is made of. */

/** What a sensor shows; words are what Home Assistant shows for lack of a value. */
export type Said = number | string;
export type Switched = Readonly<Record<string, 'on' | 'off'>>;
export interface Step {
  readonly say: string;
  /** What the sensors show now; what is not named stays. */
  readonly values?: Readonly<Record<string, Said>>;
  /** What people switch before it. */
  readonly people?: Switched;
  /** Relays after it; those not named are as before. */
  readonly after?: Switched;
  /** The commands expected, where they are not just the changes. */
  readonly calls?: readonly string[];
  /** Titles of the messages expected. */
  readonly told?: readonly string[];
  /** It is the lease's turn: commands are repeated. */
  readonly renew?: true;
  /** The person presses this button of the newest message. */
  readonly answer?: 'ACKNOWLEDGE' | 'CHARGE';
  /** s to wait before looking. */
  readonly wait?: number;
  /** Where the program's own control ends otherwise, and why: the list in blueprints/README.md. */
  readonly program?: { readonly after: Switched; readonly why: Difference };
}
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}
export const DIFFERENCES = {
  resumes: 'After missing data the program resumes the charge that it had begun; the blueprint waits for the lower threshold.',
  locks: 'From 80 °C the program stays locked until somebody acknowledges; the blueprint ends at the release temperature.',
} as const;
export type Difference = keyof typeof DIFFERENCES;
