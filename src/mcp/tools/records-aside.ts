// The views that hold no records: what was read, what could not be, and who may be handed out.
import type { View } from '../../schema/family.ts';

export const recordsAside: readonly View[] = [
  {
    name: 'sources',
    doc: 'One row per file read.',
    columns: [
      { name: 'source_file', type: 'VARCHAR', doc: 'Absolute path.' },
      { name: 'family', type: 'VARCHAR', doc: 'Family of its name; for a named file the families found in it.' },
      { name: 'form', type: 'VARCHAR', doc: 'ndjson, gz, zst or stdin.' },
      { name: 'bytes', type: 'BIGINT', doc: 'Bytes on disk.' },
      { name: 'records', type: 'BIGINT', doc: 'Records read.' },
      { name: 'indexed_bytes', type: 'BIGINT', doc: 'Bytes read from the index.' },
      { name: 'quarantined', type: 'BIGINT', doc: 'Damaged ranges.' },
      { name: 'torn_bytes', type: 'BIGINT', doc: 'Bytes behind the last whole line.' },
      { name: 'unknown_schema', type: 'BIGINT', doc: 'Records of a version this lakeobs does not know.' },
    ],
  },
  {
    name: 'quarantine',
    doc: 'One row per damaged range.',
    columns: [
      { name: 'source_file', type: 'VARCHAR', doc: 'Absolute path.' },
      { name: 'family', type: 'VARCHAR', doc: 'NULL: unknown.' },
      { name: 'line', type: 'BIGINT', doc: 'From 1.' },
      { name: 'byte_offset', type: 'BIGINT', doc: 'From 0.' },
      { name: 'byte_length', type: 'BIGINT', doc: 'Of the range.' },
      { name: 'reason', type: 'VARCHAR', doc: 'Why it is no record.' },
      { name: 'raw', type: 'VARCHAR', doc: 'Its head.' },
      { name: 'accepted', type: 'BOOLEAN', doc: 'Whether somebody has acknowledged it.' },
    ],
  },
  {
    name: 'problems',
    doc: 'One row per file, column and reason: values of the wrong type, required fields that are missing, keys written twice, records sharing a line.',
    columns: [
      { name: 'source_file', type: 'VARCHAR', doc: 'Absolute path.' },
      { name: 'column_name', type: 'VARCHAR', doc: 'The column.' },
      { name: 'reason', type: 'VARCHAR', doc: 'What is wrong.' },
      { name: 'count', type: 'BIGINT', doc: 'How often.' },
    ],
  },
  {
    name: 'roster',
    doc: 'One row per worker; there only when the server was started with a roster.',
    columns: [{ name: 'worker_id', type: 'VARCHAR', doc: 'Trimmed, each once.' }],
  },
];
