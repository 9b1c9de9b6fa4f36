/**
 * Begins a command that runs as it does for users. tap gives every program that a test starts hooks of its own, by
 * NODE_OPTIONS, which cost a tenth of a second each and want to write into this folder.
 */
export const PLAIN = ['env', '-u', 'NODE_OPTIONS'] as const;
