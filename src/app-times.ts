/** Moments that the store keeps as a fact. */

/** Wall ms; whatever is damaged is left out. */
export function readTimes(text: string | undefined): number[] {
  try {
    const data: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(data) ? data.filter((atMs) => typeof atMs === 'number' && Number.isFinite(atMs)) : [];
  } catch {
    return [];
  }
}
