/** A profile for pprof. Source: https://github.com/google/pprof/blob/main/proto/profile.proto */
import { gzipSync } from 'node:zlib';
import {
  Profile,
  StringTable,
  type FunctionInput,
  type LocationInput,
  type MappingInput,
  type SampleInput,
} from 'pprof-format';
import { escapeControls } from '../format/terminal-text.js';
import type { Frame } from './frame.js';
import type { CountedStack, StackCounts, Weight } from './stack-counts.js';

/** As perf_to_profile calls it. */
const KERNEL = '[kernel.kallsyms]';
const ADDRESS = /^[0-9a-f]{1,16}$/;

/** Numbers things in the order in which they come, from 1 on: 0 stands for none. */
class Numbered<Item extends { id?: number | bigint }> {
  readonly items: Item[] = [];
  readonly #byKey = new Map<string, Item>();

  get(key: string, make: () => Omit<Item, 'id'>): Item & { id: number } {
    let item = this.#byKey.get(key);
    if (!item) {
      item = { ...make(), id: this.items.length + 1 } as unknown as Item;
      this.items.push(item);
      this.#byKey.set(key, item);
    }
    return item as Item & { id: number };
  }
}

/** The symbols that samples refer to. */
class Symbols {
  readonly strings = new StringTable();
  readonly mappings = new Numbered<MappingInput & { isKernel: boolean }>();
  readonly functions = new Numbered<FunctionInput>();
  readonly locations = new Numbered<LocationInput>();

  /** Of frames from leaf to root. A function and what was inlined into it are one location. */
  locationsOf(frames: readonly Frame[]): number[] {
    const ids: number[] = [];
    let group: Frame[] = [];
    for (const [index, frame] of frames.entries()) {
      group.push(frame);
      const next = frames[index + 1];
      if (frame.isInlined && next && next.kind === frame.kind) continue;
      ids.push(this.#location(group));
      group = [];
    }
    return ids;
  }

  #location(group: readonly Frame[]): number {
    const last = group.at(-1)!;
    const mapping = this.#mapping(group);
    const address = last.addr !== undefined && ADDRESS.test(last.addr) ? BigInt(`0x${last.addr}`) : undefined;
    const line = group.map((frame) => ({ functionId: this.#function(frame), line: frame.line ?? 0 }));
    const key = JSON.stringify([mapping, address?.toString(16), line]);
    // Where there is no symbol, tools can find it by the offset in the module.
    const place = last.moduleOffset ?? address ?? 0;
    return this.locations.get(key, () => ({ mappingId: mapping, address: place, line })).id;
  }

  #function({ name, file = '' }: Frame): number {
    return this.functions.get(JSON.stringify([name, file]), () => {
      const index = this.strings.dedup(name);
      return { name: index, systemName: index, filename: this.strings.dedup(file) };
    }).id;
  }

  #mapping(group: readonly Frame[]): number {
    const { kind, module, buildId = '' } = group.at(-1)!;
    const file = module ?? (kind === 'kernel' ? KERNEL : undefined);
    if (file === undefined) return 0;
    const mapping = this.mappings.get(JSON.stringify([file, buildId]), () => ({
      isKernel: kind === 'kernel',
      filename: this.strings.dedup(file),
      buildId: this.strings.dedup(buildId),
      hasFunctions: true,
      hasFilenames: true,
      hasLineNumbers: true,
      hasInlineFrames: true,
    }));
    // These say that nothing is left to be found.
    for (const frame of group) {
      mapping.hasFunctions &&= frame.isSymbolized;
      mapping.hasFilenames &&= frame.file !== undefined;
      mapping.hasLineNumbers &&= frame.line !== undefined;
    }
    mapping.hasInlineFrames = mapping.hasLineNumbers === true;
    return mapping.id;
  }
}

/** As labels: what `--by` names, and whether the thread was on a CPU. */
function labelsOf({ values, cpu }: CountedStack, by: readonly string[], strings: StringTable) {
  const labels = by.map((column, index) => [column, values[index]] as const);
  const isOn = cpu === 'none' ? undefined : String(cpu === 'on');
  return [...labels, ['on_cpu', isOn] as const].flatMap(([key, value]) =>
    value === undefined ? [] : [{ key: strings.dedup(key), str: strings.dedup(escapeControls(value)) }],
  );
}

/** Gzipped protobuf, with both weights; `weight` is the one that tools show first. */
export function pprof(counts: StackCounts, weight: Weight): Uint8Array {
  const symbols = new Symbols();
  const { strings } = symbols;
  const sample: SampleInput[] = [];
  for (const counted of counts.all()) {
    sample.push({
      locationId: symbols.locationsOf(counts.framesOf(counted).toReversed()),
      value: [counted.count, counted.us],
      label: labelsOf(counted, counts.options.by, strings),
    });
  }
  const type = (name: string, unit: string) => ({ type: strings.dedup(name), unit: strings.dedup(unit) });
  const profile = new Profile({
    sampleType: [type('samples', 'count'), type('time', 'microseconds')],
    defaultSampleType: strings.dedup(weight === 'us' ? 'time' : 'samples'),
    sample,
    // Tools take the first one for the program.
    mapping: symbols.mappings.items.toSorted((a, b) => Number(a.isKernel) - Number(b.isKernel)),
    location: symbols.locations.items,
    function: symbols.functions.items,
    stringTable: strings,
  });
  return gzipSync(profile.encode());
}
