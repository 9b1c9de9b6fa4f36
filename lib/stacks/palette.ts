/** Colours of flame graphs: warm on a CPU, blue off it; the kernel's frames are the darker ones. */
import type { CpuClass } from './stack-counts.js';

type Kind = 'root' | 'user' | 'kernel' | 'mark' | 'inlined';
/** Hue in degrees, saturation and lightness in percent. */
type Hsl = readonly [hue: number, saturation: number, lightness: number];

const COLORS: Readonly<Record<CpuClass, Readonly<Record<Kind, Hsl>>>> = {
  on: { root: [36, 60, 82], user: [40, 95, 66], kernel: [14, 90, 65], mark: [30, 35, 78], inlined: [54, 85, 68] },
  off: { root: [208, 45, 84], user: [203, 80, 74], kernel: [226, 75, 74], mark: [210, 25, 80], inlined: [184, 60, 70] },
  none: { root: [0, 0, 88], user: [0, 0, 80], kernel: [0, 0, 70], mark: [0, 0, 84], inlined: [0, 0, 76] },
};
/** How lightness differs from shade to shade, and how many there are: as lib/stacks/viewer/draw.ts has it. */
const SHADES = [-4, -1, 2, 5];

const rule = (name: string, [hue, saturation, lightness]: Hsl) =>
  `.${name}{fill:hsl(${hue},${saturation}%,${lightness}%)}`;

/** Rules for the classes that boxes have. */
export const boxStyle = (): string =>
  Object.entries(COLORS)
    .flatMap(([cpu, kinds]) =>
      Object.entries(kinds).flatMap(([kind, [hue, saturation, lightness]]) =>
        SHADES.map((more, shade) => rule(`${cpu}-${kind}-${shade}`, [hue, saturation, lightness + more])),
      ),
    )
    .concat('.hit{fill:#e54ae8}')
    .join('\n');

/** What the colours say, with the class of each. */
export const LEGEND: readonly (readonly [className: string, text: string])[] = [
  ['on-user-1', 'on-CPU user'],
  ['on-inlined-1', 'on-CPU inlined'],
  ['on-kernel-1', 'on-CPU kernel'],
  ['off-user-1', 'off-CPU user'],
  ['off-inlined-1', 'off-CPU inlined'],
  ['off-kernel-1', 'off-CPU kernel'],
];
