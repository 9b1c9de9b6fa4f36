/**
 * What makes a flame graph live in the browser: zoom, search, tooltips. lib/stacks/viewer-script.ts puts its compiled
 * text behind that of draw.ts. One script for the page and for a bare SVG, which has no fields to type in.
 */
import { amountText, describe, draw, percentText, type Picture } from './draw.js';

/** What it uses of the browser. */
interface Element {
  textContent: string | null;
  innerHTML: string;
  readonly clientWidth: number;
  closest(selector: string): Element | null;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
  /** Of a field. */
  value?: string;
  focus(): void;
}
interface Event {
  readonly target: Element;
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  preventDefault(): void;
}
declare const document: { getElementById(id: string): Element | null };
declare const window: {
  prompt(text: string, value: string): string | null;
  addEventListener(type: string, listener: (event: Event) => void): void;
  scrollTo(x: number, y: number): void;
};

/** Starts it, on the elements that lib/stacks/svg.ts and html.ts have made. */
export function start(): void {
  const element = (id: string) => document.getElementById(id);
  const picture = JSON.parse(element('picture')!.textContent!) as Picture;
  const svg = element('graph')!;
  const boxes = element('boxes')!;
  const details = element('details')!;
  const field = element('search');
  const isPage = field !== null;
  let zoomed = 0;
  let pattern = '';

  /** A regular expression; a text, as long as it is none. Upper and lower case are the same. */
  const matcher = (): ((name: string) => boolean) => {
    if (pattern === '') return () => false;
    try {
      const regex = new RegExp(pattern, 'iu');
      return (name) => regex.test(name);
    } catch {
      const text = pattern.toLowerCase();
      return (name) => name.toLowerCase().includes(text);
    }
  };

  const show = (): void => {
    const width = (isPage && svg.clientWidth) || Number(svg.getAttribute('data-width'));
    const { markup, matched } = draw(picture, { width, zoomed, matches: matcher() });
    if (isPage) svg.setAttribute('viewBox', `0 0 ${width} ${svg.getAttribute('data-height')!}`);
    boxes.innerHTML = markup;
    element('matched')!.textContent =
      pattern === '' ? '' : `${percentText(matched, picture.total)} matched, ${amountText(matched, picture.unit)}`;
    element('reset')!.setAttribute('class', zoomed === 0 ? 'button idle' : 'button');
  };
  const zoom = (box: number): void => {
    zoomed = box;
    show();
  };
  const search = (text: string): void => {
    pattern = text.trim();
    if (field) field.value = text;
    show();
  };
  const ask = (): void => {
    if (field) field.focus();
    else search(window.prompt('Search for a text or a regular expression', pattern) ?? pattern);
  };
  const boxOf = ({ target }: Event): number | undefined => {
    const box = target.closest('[data-box]')?.getAttribute('data-box');
    return box ? Number(box) : undefined;
  };

  boxes.addEventListener('click', (event) => {
    const box = boxOf(event);
    if (box !== undefined) zoom(box);
  });
  boxes.addEventListener('mouseover', (event) => {
    const box = boxOf(event);
    if (box !== undefined) details.textContent = describe(picture, box);
  });
  boxes.addEventListener('mouseout', () => {
    details.textContent = '\u00a0';
  });
  element('reset')!.addEventListener('click', () => zoom(0));
  if (field) field.addEventListener('input', () => search(field.value ?? ''));
  else element('ask')!.addEventListener('click', ask);
  window.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
      event.preventDefault();
      ask();
    } else if (event.key === 'Escape') {
      zoomed = 0;
      search('');
    }
  });
  window.addEventListener('resize', show);
  show();
  // The root is at the foot.
  if (isPage) window.scrollTo(0, Number.MAX_SAFE_INTEGER);
}
