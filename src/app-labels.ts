/** What Home Assistant may sort a device by: the place, the owner and the type that the configuration gives. */
import type { AnnouncedDevice } from './homeassistant/types.ts';

/** `type`: what its part in the house does not tell already, in the language of the house. */
export function sortedBy(
  { place, owner }: { readonly place?: string; readonly owner?: string },
  type?: string,
): Pick<AnnouncedDevice, 'place' | 'labels'> {
  const labels = [owner, type].filter((label) => label !== undefined);
  return { ...(place !== undefined && { place }), ...(labels.length > 0 && { labels }) };
}
