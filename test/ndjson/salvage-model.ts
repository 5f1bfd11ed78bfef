// The model scanner: the rules of docs/reading.md, "Damage", written a second time, as plainly as they read: the whole file in memory, every question answered by
// trying. It shares nothing with src/ but the words. It does not know "not NDJSON", chunks, or speed.

export interface ModelRecord {
  line: number;
  byteOffset: number;
  byteLength: number;
  origin: 'whole' | 'glued' | 'suffix';
}

export interface ModelRange {
  line: number;
  byteOffset: number;
  byteLength: number;
  /** Only the reasons the rules decide where ranges begin and end by; null: any other. */
  reason: 'nul-bytes' | 'line-too-long' | null;
}

export interface ModelScan {
  records: ModelRecord[];
  damaged: ModelRange[];
  tail: 'none' | 'record' | 'torn';
}

type Item = { kind: 'record' | 'nul' | 'long' | 'bad'; start: number; end: number; origin?: ModelRecord['origin'] };

export function modelScan(file: Buffer, lineBytesMax: number): ModelScan {
  const scan: ModelScan = { records: [], damaged: [], tail: 'none' };
  let start = 0;
  for (let line = 1; start < file.length; line += 1) {
    const newline = file.indexOf('\n', start);
    const end = newline < 0 ? file.length : newline;
    const items = itemsOf(file, start, end, lineBytesMax);
    for (let at = 0; at < items.length; ) {
      const item = items[at] as Item;
      if (item.kind === 'record') {
        scan.records.push({
          line,
          byteOffset: item.start,
          byteLength: item.end - item.start,
          origin: item.origin ?? 'whole',
        });
        at += 1;
        continue;
      }
      let behind = at;
      while (behind < items.length && items[behind]?.kind !== 'record') behind += 1;
      scan.damaged.push(...rangesOf(items.slice(at, behind), line));
      at = behind;
    }
    if (newline < 0 && items.length > 0)
      scan.tail = items.length === 1 && items[0]?.kind === 'record' ? 'record' : 'torn';
    start = end + 1;
  }
  return scan;
}

/** Neighbouring damage is one range; runs of NUL bytes at its edges are their own. */
function rangesOf(damage: Item[], line: number): ModelRange[] {
  const range = (items: Item[], reason: ModelRange['reason']): ModelRange[] => {
    const [first, last] = [items[0], items[items.length - 1]];
    if (first === undefined || last === undefined) return [];
    return [{ line, byteOffset: first.start, byteLength: last.end - first.start, reason }];
  };
  const firstBad = damage.findIndex(({ kind }) => kind !== 'nul');
  if (firstBad < 0) return range(damage, 'nul-bytes');
  const behindBad = damage.findLastIndex(({ kind }) => kind !== 'nul') + 1;
  return [
    ...range(damage.slice(0, firstBad), 'nul-bytes'),
    ...range(damage.slice(firstBad, behindBad), damage[firstBad]?.kind === 'long' ? 'line-too-long' : null),
    ...range(damage.slice(behindBad), 'nul-bytes'),
  ];
}

function itemsOf(file: Buffer, lineStart: number, lineEnd: number, lineBytesMax: number): Item[] {
  const items: Item[] = [];
  let damageBefore = false;
  for (const piece of file.toString('latin1', lineStart, lineEnd).matchAll(/\0+|[^\0]+/g)) {
    let start = lineStart + piece.index;
    let end = start + piece[0].length;
    if (piece[0].startsWith('\0')) {
      items.push({ kind: 'nul', start, end });
      continue;
    }
    const tooLong = piece[0].replace(/\r$/, '').length > lineBytesMax;
    if (start === lineStart && piece[0].startsWith('\xef\xbb\xbf')) start += 3;
    while (start < end && isSpace(file, start)) start += 1;
    while (start < end && isSpace(file, end - 1)) end -= 1;
    if (start === end) continue;
    if (tooLong) items.push({ kind: 'long', start, end });
    else items.push(...salvaged(file, start, end, damageBefore));
    damageBefore ||= items.some(({ kind }) => kind === 'bad' || kind === 'long');
  }
  return items;
}

function salvaged(file: Buffer, start: number, end: number, damageBefore: boolean): Item[] {
  const objects: Item[] = [];
  let rest = start;
  for (let next = objectEnd(file, rest, end); next > 0; next = objectEnd(file, rest, end)) {
    objects.push({ kind: 'record', start: rest, end: next });
    rest = next;
    while (rest < end && isSpace(file, rest)) rest += 1;
  }
  const origin = objects.length > 1 ? 'glued' : 'whole';
  const items: Item[] = [];
  const unsure: Item[] = [];
  for (const [index, object] of objects.entries()) {
    const against = index < objects.length - 1 || file[rest] === 0x7b;
    const kept = rest === end || (against && !damageBefore) || isFamily(file, object.start, object.end);
    if (!kept) unsure.push(object);
    else items.push(...badness(file, unsure.splice(0), object.start), { ...object, origin });
  }
  const bad = unsure[0]?.start ?? rest;
  if (bad === end) return items;
  for (let suffix = bad + 1; suffix < end; suffix += 1)
    if (file[suffix] === 0x7b && isObject(file, suffix, end) && isFamily(file, suffix, end))
      return [
        ...items,
        ...badness(file, [{ kind: 'bad', start: bad, end: bad }], suffix),
        { kind: 'record', start: suffix, end, origin: 'suffix' },
      ];
  return [...items, { kind: 'bad', start: bad, end }];
}

function badness(file: Buffer, unsure: Item[], before: number): Item[] {
  const first = unsure[0];
  if (first === undefined) return [];
  let end = before;
  while (isSpace(file, end - 1)) end -= 1;
  return [{ kind: 'bad', start: first.start, end }];
}

/** End of the one whole object that begins at `start`, or 0. */
function objectEnd(file: Buffer, start: number, end: number): number {
  if (file[start] !== 0x7b) return 0;
  for (let at = start + 1; at < end; at += 1) if (file[at] === 0x7d && isObject(file, start, at + 1)) return at + 1;
  return 0;
}

function isObject(file: Buffer, start: number, end: number): boolean {
  const value = parsed(file, start, end);
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isText(value);
}

function parsed(file: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.subarray(start, end)));
  } catch {
    return undefined;
  }
}

/** Whether every string in the value is text: no half of a surrogate pair. */
function isText(value: unknown): boolean {
  if (typeof value === 'string')
    return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => isText(key) && isText(member));
}

/** The two families the generators write. */
function isFamily(file: Buffer, start: number, end: number): boolean {
  const record = parsed(file, start, end) as Record<string, unknown>;
  if (typeof record.schema === 'string' && /^session\.iterate\.v\d+$/.test(record.schema)) return true;
  return (record.endpoint ?? null) !== null && (record.success ?? null) !== null;
}

function isSpace(file: Buffer, at: number): boolean {
  return ' \t\n\v\f\r'.includes(String.fromCharCode(file[at] as number));
}
