/** What each exit code says; `lab/errors.ts` decides which fault has which. */
export const exits: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done and as expected'],
  [1, 'the module is at fault'],
  [2, 'usage or configuration'],
  [69, 'this computer or the network is at fault'],
  [70, 'a bug in lab3'],
  [130, 'interrupted'],
];
