/**
 * Draws a flame graph as the text of SVG. Runs here, for the first picture, and in the browser, for all that follow:
 * lib/stacks/viewer-script.ts puts its compiled text there. So it imports nothing but types.
 */

/** What is drawn. */
export interface Picture {
  /** How amounts are called: `samples` or `us`. */
  unit: 'samples' | 'us';
  total: number;
  /** What boxes show: name, and index of its kind: root, user, kernel, mark, inlined. */
  frames: readonly (readonly [name: string, kind: number])[];
  /**
   * Boxes, each before those on top of it, in so many numbers each: depth (0 is the root), start, amounts on a CPU, off
   * it and unknown, index of the frame. Starts and amounts are in the unit.
   */
  boxes: readonly number[];
}

/** What is looked at: the box in the middle of it, and what is searched for. */
export interface View {
  /** Width of the picture. Unit: px. */
  width: number;
  /** Number of the box that fills it. */
  zoomed: number;
  matches: (name: string) => boolean;
}

/** Numbers that a box takes in `boxes`. */
export const STRIDE = 6;
const ROW_PX = 17;
/** A box that is narrower than that is not drawn. */
const MIN_PX = 0.8;
const MIN_TOOLTIP_PX = 2;
/** Of the font, at 12 px. */
const CHAR_PX = 7.25;
const KINDS = ['root', 'user', 'kernel', 'mark', 'inlined'];
const SHADES = 4;

export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Neighbours differ in shade, and a function has the same one everywhere. */
function shadeOf(name: string): number {
  let hash = 0;
  for (let at = 0; at < name.length; at++) hash = (hash * 31 + name.charCodeAt(at)) >>> 0;
  return hash % SHADES;
}

export function amountText(amount: number, unit: Picture['unit']): string {
  if (unit === 'samples') return `${amount.toLocaleString('en-US')} sample${amount === 1 ? '' : 's'}`;
  if (amount >= 1e6) return `${(amount / 1e6).toFixed(2)} s`;
  return amount >= 1e3 ? `${(amount / 1e3).toFixed(2)} ms` : `${amount} us`;
}

export const percentText = (part: number, total: number): string =>
  `${(total > 0 ? (100 * part) / total : 0).toFixed(2)}%`;

/** What a tooltip says of a box. */
export function describe({ unit, total, frames, boxes }: Picture, box: number): string {
  const at = box * STRIDE;
  const parts = [2, 3, 4].map((offset) => boxes[at + offset]!);
  const [on, off] = parts as [number, number, number];
  const amount = parts.reduce((sum, part) => sum + part, 0);
  const [name, kind] = frames[boxes[at + 5]!]!;
  const what = kind === 2 || kind === 4 ? `, ${KINDS[kind]!}` : '';
  const cpu = on === amount ? 'on-CPU' : off === amount ? 'off-CPU' : '';
  const both = cpu || `${amountText(on, unit)} on-CPU, ${amountText(off, unit)} off-CPU`;
  return `${name} (${amountText(amount, unit)}, ${percentText(amount, total)}${what}; ${both})`;
}

/** Height of a picture with all its boxes. Unit: px. */
export function heightOf({ boxes }: Picture): number {
  let depth = 0;
  for (let at = 0; at < boxes.length; at += STRIDE) depth = Math.max(depth, boxes[at]!);
  return (depth + 1) * ROW_PX;
}

/** As much of the name as there is room for. */
function label(name: string, px: number): string {
  const room = Math.floor((px - 6) / CHAR_PX);
  const chars = Array.from(name);
  if (room < 3) return '';
  return chars.length <= room ? name : `${chars.slice(0, room - 2).join('')}..`;
}

/** The boxes that can be seen, as elements `g`, and how much of the whole is matched. */
export function draw(picture: Picture, view: View): { markup: string; matched: number } {
  const { boxes, frames } = picture;
  const height = heightOf(picture);
  const amountAt = (at: number) => boxes[at + 2]! + boxes[at + 3]! + boxes[at + 4]!;
  const zoomAt = view.zoomed * STRIDE;
  const start = boxes[zoomAt + 1] ?? 0;
  const end = start + (boxes.length > 0 ? amountAt(zoomAt) : 0);
  const scale = end > start ? view.width / (end - start) : 0;
  const hits = frames.map(([name]) => view.matches(name));
  const pieces: string[] = [];
  let matched = 0;
  let matchedTo = 0;
  for (let at = 0; at < boxes.length; at += STRIDE) {
    const [depth, x, index] = [boxes[at]!, boxes[at + 1]!, boxes[at + 5]!];
    const amount = amountAt(at);
    // The box of all is no answer.
    const isHit = at > 0 && hits[index]!;
    // What is on top of a match counts with it.
    if (isHit && x >= matchedTo) {
      matched += amount;
      matchedTo = x + amount;
    }
    const from = Math.max(x, start);
    const to = Math.min(x + amount, end);
    const px = (to - from) * scale;
    if (px < MIN_PX) continue;
    const [name, kind] = frames[index]!;
    const y = height - (depth + 1) * ROW_PX;
    const left = (from - start) * scale;
    const style = `${KINDS[kind]!}-${shadeOf(name)}`;
    let edge = x;
    const rects = ['on', 'off', 'none'].map((cpu, offset) => {
      const [partFrom, partTo] = [Math.max(edge, from), Math.min((edge += boxes[at + 2 + offset]!), to)];
      if (partTo <= partFrom) return '';
      const partPx = Math.max((partTo - partFrom) * scale - (partTo === to ? 0.5 : 0), 0.3);
      const partLeft = (partFrom - start) * scale;
      const color = isHit ? 'hit' : `${cpu}-${style}`;
      return `<rect x="${partLeft.toFixed(2)}" y="${y}" width="${partPx.toFixed(2)}" height="${ROW_PX - 1}" class="${color}"/>`;
    });
    const text = label(name, px);
    const isBelow = depth < (boxes[zoomAt] ?? 0);
    // What is too narrow to be found with the mouse has no tooltip of its own.
    const tooltip = px < MIN_TOOLTIP_PX ? '' : `<title>${escapeXml(describe(picture, at / STRIDE))}</title>`;
    pieces.push(
      `<g data-box="${at / STRIDE}"${isBelow ? ' class="below"' : ''}>${tooltip}`,
      ...rects,
      text && `<text x="${(left + 3).toFixed(2)}" y="${y + 12}">${escapeXml(text)}</text>`,
      '</g>',
    );
  }
  return { markup: pieces.join(''), matched };
}
