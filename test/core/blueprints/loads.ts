/** The loads of the scripted days, the first to be shed first (W). */
export const LOADS = { load_a: 2000, load_b: 1000, load_c: 1500 } as const;
