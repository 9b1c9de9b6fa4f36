/** What the table shows in colour, as ANSI sequences around the text. */

type Paint = (text: string) => string;

const paint =
  (code: number): Paint =>
  (text) =>
    `\x1b[${code}m${text}\x1b[0m`;
const red = paint(31);
const green = paint(32);
const yellow = paint(33);
const dim = paint(2);

/** States that ask for attention. All the others are dim. */
const STATES: ReadonlyMap<unknown, Paint> = new Map([
  ['RUN', green],
  ['RUNQ', yellow],
  ['DISK', red],
]);

/** @param text the state as it is to be shown, its padding included */
export function paintState(state: unknown, text: string): string {
  return (STATES.get(state) ?? dim)(text);
}

export const paintLoss: Paint = red;
