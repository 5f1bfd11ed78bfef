// Time against size, both logarithmic, as an SVG without scripts or fonts of its own.

/** @param {{ name: string, points: [bytes: number, ms: number][] }[]} series @param {string} title @returns {string} */
export function plot(series, title) {
  const lines = series.filter(({ points }) => points.length > 0);
  const bytes = lines.flatMap(({ points }) => points.map(([at]) => at));
  const ms = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const x = scale(bytes, 70, 520);
  const y = scale(ms, 330, 50);
  const labels = apart(lines.map(({ points }) => y(points.at(-1)[1])));
  const parts = lines.map(({ name, points }, index) => {
    const at = points.map(([size, value]) => `${x(size).toFixed(1)},${y(value).toFixed(1)}`);
    const color = colors[index % colors.length];
    const endX = Number(at.at(-1).split(',')[0]);
    return `<polyline points="${at.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>${at
      .map((point) => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3" fill="${color}"/>`)
      .join('')}<text x="${endX + 8}" y="${(labels[index] + 4).toFixed(1)}" fill="${color}">${name}</text>`;
  });
  const ticksX = [...new Set(bytes)].map(
    (size) => `<text x="${x(size)}" y="352" text-anchor="middle">${sizeText(size)}</text>`,
  );
  const ticksY = powers(ms).map(
    (value) =>
      `<line x1="70" x2="520" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="62" y="${y(value) + 4}" text-anchor="end">${value >= 1000 ? `${value / 1000} s` : `${value} ms`}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 370" font-family="sans-serif" font-size="12">
<title>${title}</title>
<rect width="700" height="370" fill="#fff"/>
<text x="70" y="24" font-size="14">${title}</text>
${[...ticksY, ...ticksX, ...parts].join('\n')}
</svg>
`;
}

const colors = ['#1f6feb', '#6e7781', '#1a7f37', '#8250df', '#cf222e', '#9a6700'];

/** Heights of labels, moved down until none lies on another. */
function apart(heights) {
  const moved = [...heights];
  let last = Number.NEGATIVE_INFINITY;
  for (const index of heights.map((_, at) => at).sort((a, b) => heights[a] - heights[b])) {
    moved[index] = Math.max(heights[index], last + 14);
    last = moved[index];
  }
  return moved;
}

function scale(values, from, to) {
  const low = Math.log(Math.min(...values));
  const high = Math.log(Math.max(...values));
  return (value) => from + ((Math.log(value) - low) / (high - low || 1)) * (to - from);
}

function powers(values) {
  const found = [];
  for (let value = 1; value <= Math.max(...values); value *= 10) if (value >= Math.min(...values)) found.push(value);
  return found;
}

/** @param {number} bytes */
export function sizeText(bytes) {
  return bytes >= 1e9 ? `${+(bytes / 1e9).toPrecision(3)} GB` : `${+(bytes / 1e6).toPrecision(3)} MB`;
}
