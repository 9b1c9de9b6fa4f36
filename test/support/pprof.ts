/** A reader of pprof profiles that is not the writer's: protobufjs, by the numbers of the published profile.proto. */
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

const PROTO = `
syntax = "proto3";
message Profile {
  repeated ValueType sample_type = 1;
  repeated Sample sample = 2;
  repeated Mapping mapping = 3;
  repeated Location location = 4;
  repeated Function function = 5;
  repeated string string_table = 6;
  int64 default_sample_type = 14;
}
message ValueType { int64 type = 1; int64 unit = 2; }
message Sample { repeated uint64 location_id = 1; repeated int64 value = 2; repeated Label label = 3; }
message Label { int64 key = 1; int64 str = 2; int64 num = 3; int64 num_unit = 4; }
message Mapping {
  uint64 id = 1; uint64 memory_start = 2; uint64 memory_limit = 3; uint64 file_offset = 4;
  int64 filename = 5; int64 build_id = 6;
  bool has_functions = 7; bool has_filenames = 8; bool has_line_numbers = 9; bool has_inline_frames = 10;
}
message Location { uint64 id = 1; uint64 mapping_id = 2; uint64 address = 3;
  repeated Line line = 4; bool is_folded = 5; }
message Line { uint64 function_id = 1; int64 line = 2; int64 column = 3; }
message Function { uint64 id = 1; int64 name = 2; int64 system_name = 3; int64 filename = 4; int64 start_line = 5; }
`;
const type = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('Profile');

interface Raw {
  sample_type: { type: string; unit: string }[];
  sample: { location_id: string[]; value: string[]; label: { key: string; str: string }[] }[];
  mapping: { id: string; filename: string; build_id: string; has_functions: boolean }[];
  location: { id: string; mapping_id: string; address: string; line: { function_id: string; line: string }[] }[];
  function: { id: string; name: string; filename: string }[];
  string_table: string[];
  default_sample_type: string;
}

export interface ReadSample {
  /** `name file:line` of each line, leaf first; those of one location are joined with ` < `. */
  locations: string[];
  values: number[];
  labels: Record<string, string>;
}

export interface ReadProfile {
  types: string[];
  defaultType: string;
  samples: ReadSample[];
  mappings: { file: string; buildId: string; hasFunctions: boolean }[];
  /** Of each location, by the name of its last function. */
  addresses: Record<string, bigint>;
}

/** Throws when an id or an index names nothing. */
export function readProfile(bytes: Buffer): ReadProfile {
  const raw = type.toObject(type.decode(gunzipSync(bytes)), {
    longs: String,
    defaults: true,
    arrays: true,
  }) as unknown as Raw;
  const text = (index: string): string => {
    const found = raw.string_table[Number(index)];
    if (found === undefined) throw new Error(`no string ${index}`);
    return found;
  };
  const byId = <Item extends { id: string }>(items: readonly Item[]) => {
    const map = new Map(items.map((item) => [item.id, item]));
    if (map.size !== items.length || map.has('0')) throw new Error('ids are not unique');
    return (id: string): Item => {
      const item = map.get(id);
      if (!item) throw new Error(`no item ${id}`);
      return item;
    };
  };
  if (raw.string_table[0] !== '') throw new Error('the first string is not empty');
  const [functionOf, locationOf, mappingOf] = [byId(raw.function), byId(raw.location), byId(raw.mapping)];
  const lines = (id: string) =>
    locationOf(id).line.map(({ function_id: fn, line }) => {
      const { name, filename } = functionOf(fn);
      return `${text(name)} ${text(filename)}:${line}`;
    });
  for (const { mapping_id: id } of raw.location) if (id !== '0') mappingOf(id);
  return {
    types: raw.sample_type.map((one) => `${text(one.type)}/${text(one.unit)}`),
    defaultType: text(raw.default_sample_type),
    samples: raw.sample.map(({ location_id: ids, value, label }) => ({
      locations: ids.map((id) => lines(id).join(' < ')),
      values: value.map(Number),
      labels: Object.fromEntries(label.map(({ key, str }) => [text(key), text(str)])),
    })),
    mappings: raw.mapping.map(({ filename, build_id: id, has_functions: hasFunctions }) => ({
      file: text(filename),
      buildId: text(id),
      hasFunctions,
    })),
    addresses: Object.fromEntries(
      raw.location.map(({ address, line }) => [text(functionOf(line.at(-1)!.function_id).name), BigInt(address)]),
    ),
  };
}
