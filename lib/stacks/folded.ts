/** Folded stacks: a line a stack, root first, as flamegraph.pl, inferno and speedscope read them. */
import type { Frame } from './frame.js';
import type { StackCounts, Weight } from './stack-counts.js';

/** How stackcollapse-perf marks what flamegraph.pl colours on its own. */
export const annotated = ({ kind, name, isInlined }: Frame): string =>
  kind === 'kernel' ? `${name}_[k]` : isInlined ? `${name}_[i]` : name;

/** A number at the end of a leaf, after a blank, would be read as a count. */
const LOOKS_COUNTED = /\s(?=\d+(?:\.\d*)?$)/;

/** inferno takes such a line for a comment. */
const LOOKS_COMMENTED = /^#\s/;

function foldedName(frame: Frame): string {
  return annotated(frame).replaceAll(';', ':').trim() || '_';
}

/** Each stack once, in the order of their texts. A `;` in a name is a `:`, and control characters are escapes. */
export function* folded(counts: StackCounts, weight: Weight): Generator<string> {
  const sums = new Map<string, number>();
  for (const counted of counts.all()) {
    const names = [...counts.rootsOf(counted), ...counts.framesOf(counted)].map(foldedName);
    const path = names.join(';').replace(LOOKS_COUNTED, '_').replace(LOOKS_COMMENTED, '#_');
    sums.set(path, (sums.get(path) ?? 0) + counted[weight]);
  }
  for (const path of [...sums.keys()].toSorted()) {
    const sum = sums.get(path)!;
    if (sum > 0) yield `${path} ${sum}\n`;
  }
}
