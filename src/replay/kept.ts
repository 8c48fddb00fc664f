/** A number that is worked out once and kept until what it depends on changes. */

export interface Kept {
  (): number;
  forget(): void;
}

export function kept(work: () => number): Kept {
  let known: number | undefined;
  const get = (): number => {
    known ??= work();
    return known;
  };
  return Object.assign(get, {
    forget() {
      known = undefined;
    },
  });
}
