/**
 * Text as JSON. Beyond what JSON asks for, DEL and the C1 controls are escaped, too: some terminals act on them.
 */

/** As much text as the cache may hold before it starts anew. */
const MAX_CACHED = 8192;
const TERMINAL_CONTROLS = /[\u007f-\u009f]/g;
const cache = new Map<string, string>();

/** Escapes what `JSON.stringify` leaves and a terminal may act on. */
export function escapeTerminalControls(json: string): string {
  return json.replace(TERMINAL_CONTROLS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A JSON string, with its quotes. The names of programs and users come again in each sample, so results are kept. */
export function quote(text: string): string {
  let quoted = cache.get(text);
  if (quoted === undefined) {
    quoted = escapeTerminalControls(JSON.stringify(text));
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(text, quoted);
  }
  return quoted;
}
