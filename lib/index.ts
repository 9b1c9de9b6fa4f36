/** xcapture as a library: sources, Transforms and sinks of record batches, to be joined by `pipeline`. */
/** Joins streams, so that an error anywhere ends all of them: Node's own. */
export { pipeline } from 'node:stream/promises';
export { XcaptureError } from './errors.js';
export { dropCapabilities, openNativeSymbolizer } from './native.js';
export { COLUMNS, type Column, type ColumnName, type ColumnType } from './schema/columns.js';
export { DEFAULT_KEYS, LAYOUTS, type LayoutName } from './schema/layouts.js';
export { jsonSchema } from './schema/json-schema.js';
export type { StackFrame } from './schema/frames.js';
export type * from './schema/types.gen.js';
export { isSample, type Batch, type SampleEnd, type SampleMetrics, type StreamRecord } from './batch.js';
export { countRecords } from './streams/count-records.js';
export { CsvRecording, type RecordingOptions } from './recording/csv-recording.js';
export { filter, type FilterOptions } from './streams/filter.js';
export { idle } from './streams/idle.js';
export { ndjsonSink } from './streams/ndjson-sink.js';
export { recordTransform } from './streams/record-transform.js';
export { nullSink } from './streams/null-sink.js';
export { recorder } from './streams/recorder.js';
export { replayDirectory, type ReplayDirectoryOptions } from './streams/replay-directory.js';
export { replay, type ReplayOptions } from './streams/replay.js';
export { resolveCgroups } from './streams/resolve-cgroups.js';
export { sampler, type Sampler, type SamplerOptions } from './streams/sampler.js';
export { selectColumns } from './streams/select-columns.js';
export { symbolize, type Symbolizer } from './streams/symbolize.js';
export { tableSink, type TableSinkOptions } from './streams/table-sink.js';
