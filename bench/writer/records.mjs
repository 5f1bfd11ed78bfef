// Believable records of two sizes, a thousand different ones of each, made from a seed: an observed operation and a session with its prompt.
const prompt = `Fill the shift on Tuesday 07:00-15:30 in ward 4b.
Known: two people are on leave, one is off sick, "night" workers may not follow with a morning shift.
Answer with JSON only: {"fills":[{"candidate_id":"…","role":"…"}]}. Candidates:
`;

export const sizes = {
  small: { bytes: 114, records: make(1_000, small) },
  large: { bytes: 1_700, records: make(1_000, large) },
};

for (const size of Object.values(sizes)) {
  const total = size.records.reduce((sum, record) => sum + Buffer.byteLength(JSON.stringify(record)) + 1, 0);
  size.bytes = Math.round(total / size.records.length);
}

/** Journal records of about the same two sizes. */
export const journalRecords = {
  small: make(1_000, (n) => ({
    kind: 'log',
    extensionId: 'tools',
    timestamp: 1_760_000_000_000 + n,
    level: 'info',
    msg: 'request done',
    turnId: hex(n, 8),
  })),
  large: make(1_000, (n) => ({
    kind: 'log',
    extensionId: 'tools',
    timestamp: 1_760_000_000_000 + n,
    conversationId: hex(n, 32),
    turnId: hex(n * 3, 16),
    spanId: hex(n * 5, 16),
    attributes: { route: '/v1/items', status: 200, cached: false },
    body: large(n).prompt,
    level: 'info',
    msg: 'prompt sent',
  })),
};

function small(n) {
  return {
    timestamp: new Date(1_760_000_000_000 + n * 1_000).toISOString(),
    endpoint: 'search_workers',
    source: 'mcp',
    success: n % 7 !== 0,
    duration_ms: 3 + (n % 97),
  };
}

function large(n) {
  return {
    schema: 'session.iterate.v1',
    session_id: hex(n, 32),
    timestamp: new Date(1_760_000_000_000 + n * 1_000).toISOString(),
    daemon: 'validatord',
    kind: 'fill',
    model: 'model-large-2',
    provider: 'local',
    prompt:
      prompt +
      Array.from({ length: 23 }, (_, i) => `W-${hex(n + i, 6)} skills=ward4,icu hours=${(n + i) % 40}\n`).join(''),
    iterations: 2,
    max_iterations: 3,
    final_verdict: 'accepted',
    attempts: [
      {
        iteration: 0,
        verdict_kind: 'validation_failed',
        error: `worker W-${hex(n, 6)} is not in the roster`,
        span_id: hex(n * 3, 16),
      },
      { iteration: 1, verdict_kind: 'accepted', span_id: hex(n * 5, 16) },
    ],
    artifact: {
      fills: [
        { candidate_id: `W-${hex(n + 1, 6)}`, role: 'nurse' },
        { candidate_id: `W-${hex(n + 2, 6)}`, role: 'nurse' },
      ],
    },
    grounded_in_roster: true,
    duration_ms: 1_234 + (n % 500),
  };
}

function make(count, one) {
  return Array.from({ length: count }, (_, n) => one(n));
}

function hex(n, digits) {
  return (BigInt(n + 1) * 0x9e3779b97f4a7c15f39cc0605cedc835n).toString(16).padStart(digits, '0').slice(-digits);
}
