// What a chart of a result shows, as text: `bar x=model y=sessions`. The same words in a query's header and behind --chart. Pure text → data;
// drawing is in render/.

export const chartKinds = ['bar', 'line', 'hist'] as const;
export type ChartKind = (typeof chartKinds)[number];

export interface ChartSpec {
  kind: ChartKind;
  /** The column of labels, times or numbers along the chart; absent: chosen by type. */
  x?: string;
  /** The column of numbers; absent: chosen by type. */
  y?: string;
  /** `line`: a line of its own for each value of this column. */
  series?: string;
}

/** Parses `KIND [x=COLUMN] [y=COLUMN] [series=COLUMN]`; a text in return says what is wrong. Column names have no blanks here. */
export function parseChart(text: string): ChartSpec | string {
  const [kind = '', ...words] = text.trim().split(/\s+/);
  if (!(chartKinds as readonly string[]).includes(kind))
    return `a chart is ${chartKinds.slice(0, -1).join(', ')} or ${chartKinds.at(-1)}, not ${JSON.stringify(kind)}`;
  const spec: ChartSpec = { kind: kind as ChartKind };
  for (const word of words) {
    const [, key, column] = /^(x|y|series)=(.+)$/.exec(word) ?? [];
    if (key === undefined) return `behind the kind of a chart stand x=, y= and series=, not ${JSON.stringify(word)}`;
    if (spec[key as 'x' | 'y' | 'series'] !== undefined) return `${key}= is written twice`;
    if (key === 'series' && kind !== 'line') return `series= is for line, and this is a ${kind}`;
    if (key === 'x' && kind === 'hist') return 'a hist counts the values of y= and has no x=';
    spec[key as 'x' | 'y' | 'series'] = column!;
  }
  return spec;
}

/** The columns a chart names. */
export function chartColumns({ x, y, series }: ChartSpec): string[] {
  return [x, y, series].filter((name) => name !== undefined);
}
