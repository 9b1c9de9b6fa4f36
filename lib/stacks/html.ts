/** A flame graph as a page that needs no network: nothing in it is loaded from anywhere. */
import { LEGEND } from './palette.js';
import { firstBoxes, pictureScript, sizeAttributes, STYLE, summaryText, TITLE } from './svg.js';
import { viewerScript } from './viewer-script.js';
import { escapeXml, heightOf } from './viewer/draw.js';
import type { FlameTree } from './flame-tree.js';

const legend = () =>
  LEGEND.map(
    ([className, text]) =>
      `<span><svg width="12" height="12"><rect width="12" height="12" class="${className}"/></svg> ${text}</span>`,
  ).join('\n');

/** Scripts and styles of the page itself are all that a browser may use. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

export function html(tree: FlameTree): string {
  const height = heightOf(tree);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width">
<title>${TITLE}</title>
<style>
body{font:14px system-ui,sans-serif;margin:0;background:#fff;color:#000}
header{position:sticky;top:0;background:#fff;padding:8px 10px;border-bottom:1px solid #ccc}
header>div{display:flex;flex-wrap:wrap;gap:4px 14px;align-items:center;min-height:24px}
h1{font-size:16px;margin:0}
#search{width:26em;font:inherit}
#details{font:12px ui-monospace,monospace;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.idle{visibility:hidden}
#graph{display:block;width:100%}
${STYLE}</style>
</head>
<body>
<header>
<div><h1>${TITLE}</h1><span>${escapeXml(summaryText(tree))}</span></div>
<div><input id="search" type="search" placeholder="Search: text or regular expression (Ctrl-F)" aria-label="Search">
<button type="button" id="reset" class="button idle">Reset zoom</button><span id="matched" role="status"></span></div>
<div>${legend()}</div>
<div id="details">&nbsp;</div>
</header>
<svg xmlns="http://www.w3.org/2000/svg" id="graph" height="${height}" viewBox="0 0 1200 ${height}" ${sizeAttributes(tree)}>
<g id="boxes">${firstBoxes(tree)}</g>
</svg>
${pictureScript(tree)}
<script>
${viewerScript()}</script>
</body>
</html>
`;
}
