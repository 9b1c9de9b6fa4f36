/** A flame graph as SVG: a picture for every viewer, which browsers let people zoom and search. */
import { LEGEND, boxStyle } from './palette.js';
import { viewerScript } from './viewer-script.js';
import { amountText, draw, escapeXml, heightOf } from './viewer/draw.js';
import type { FlameTree } from './flame-tree.js';

/** Unit: px. */
const WIDTH = 1200;
const HEAD_PX = 62;
const FOOT_PX = 28;
const LEGEND_STEP_PX = 145;

export const TITLE = 'xcapture: threads on and off the CPU';

export const STYLE = `text{font:12px ui-monospace,monospace;fill:#000}
#boxes g{cursor:pointer}
#boxes g:hover rect{stroke:#000;stroke-width:.7}
#boxes .below{opacity:.55}
#boxes text{pointer-events:none}
${boxStyle()}
`;

/** For a `script` element: no markup in it, in HTML or XML. */
const pictureText = ({ unit, total, frames, boxes }: FlameTree): string =>
  JSON.stringify({ unit, total, frames, boxes }).replace(
    /[<>&]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export const pictureScript = (tree: FlameTree): string =>
  `<script type="application/json" id="picture">${pictureText(tree)}</script>`;

/** What the whole is, and what is missing from it. */
export function summaryText({ total, unit, leftOut }: FlameTree): string {
  if (total === 0) return 'no samples';
  const count = leftOut.count.toLocaleString('en-US');
  const missing = `${count} boxes of up to ${amountText(leftOut.amount, unit)} are left out`;
  return `${amountText(total, unit)}${leftOut.count > 0 ? `; ${missing}` : ''}`;
}

/** All boxes, as the first picture has them. */
export const firstBoxes = (tree: FlameTree): string =>
  draw(tree, { width: WIDTH, zoomed: 0, matches: () => false }).markup;

/** The size of the boxes, for the script. */
export const sizeAttributes = (tree: FlameTree): string => `data-width="${WIDTH}" data-height="${heightOf(tree)}"`;

const legend = (y: number) =>
  LEGEND.map(([className, text], index) => {
    const x = 10 + index * LEGEND_STEP_PX;
    return `<rect x="${x}" y="${y}" width="12" height="12" class="${className}"/><text x="${x + 17}" y="${y + 10}">${text}</text>`;
  }).join('');

export function svg(tree: FlameTree): string {
  const height = heightOf(tree);
  const all = HEAD_PX + height + FOOT_PX;
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" id="graph" width="${WIDTH}" height="${all}" viewBox="0 0 ${WIDTH} ${all}" ${sizeAttributes(tree)}>
<title>${TITLE}</title>
<style>${STYLE}.title{font-size:15px}
.button{cursor:pointer;text-decoration:underline}
.idle{display:none}
#matched{text-anchor:end}
</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="10" y="20" class="title">${TITLE}</text><text x="${WIDTH / 2}" y="20">${escapeXml(summaryText(tree))}</text>
<text x="10" y="38" class="button" id="ask">Search</text><text x="70" y="38" class="button idle" id="reset">Reset zoom</text>
<text x="${WIDTH - 10}" y="38" id="matched"/>
<text x="10" y="55" id="details">&#160;</text>
<g id="boxes" transform="translate(0 ${HEAD_PX})">${firstBoxes(tree)}</g>
<g>${legend(HEAD_PX + height + 10)}</g>
${pictureScript(tree)}
<script><![CDATA[${viewerScript()}]]></script>
</svg>
`;
}
