/** The script of a picture: the compiled modules of the viewer, as one text without imports. */
import { readFileSync } from 'node:fs';

/** In the order of their use. */
const MODULES = ['draw', 'page'];
/** Lines that link modules, as tsc writes them. */
const LINK = /^(?:import .*;|\/\/# sourceMappingURL=.*)$/gm;

const textOf = (name: string): string =>
  readFileSync(new URL(`viewer/${name}.js`, import.meta.url), 'utf8')
    .replaceAll(LINK, '')
    .replaceAll(/^export /gm, '');

export const viewerScript = (): string => `(() => {\n${MODULES.map(textOf).join('\n')}\nstart();\n})();\n`;
