// For every bundled query: a fixture that gives it rows, the rows worked out by hand, and a fixture that gives it none.
import type { Value } from '../../src/result.ts';

export interface Expectation {
  /** Fixture leaf and the rows over it; several when a parameter or another shape is worth it. */
  cases: readonly {
    leaf: string;
    params?: Readonly<Record<string, string>>;
    rows: readonly (readonly Value[])[];
    population?: number;
  }[];
  /** Fixture leaf with records but nothing to find, or an empty log where every record counts. */
  none: string;
}

const day = (time: string) => `2026-03-01T${time}.000Z`;
const journalAt = (ms: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + ms).toISOString();

const march3 = (time: string) => `2026-03-03T${time}:00.000Z`;
const hourMs = 3_600_000;
/** A row of stuck-spans over journal/stuck, whose newest line is three hours in. */
const stuck = (id: string, ms: number, cause: string, [parent, status, conversation, turn]: (string | null)[]) => [
  id,
  'work',
  cause,
  journalAt(ms),
  3 * hourMs - ms,
  hourMs,
  'host',
  parent!,
  status!,
  conversation!,
  turn!,
  'journal.jsonl',
];

/** Column order is the header's `columns`, without source_file, which a test replaces by the fixture's file name. */
export const expectations: Readonly<Record<string, Expectation>> = {
  alarm: {
    cases: [
      {
        leaf: 'session/alarm',
        population: 6,
        rows: [
          [
            'a-text-false',
            day('08:03:00'),
            '2026-03-01T10:03:00+02:00',
            'validatord',
            'nova-2',
            1,
            'false',
            'session.jsonl',
          ],
          ['a-zero', day('08:04:00'), '2026-03-01T08:04:00Z', 'validatord', 'atlas-8b', 2, '0', 'session.jsonl'],
          ['a-false', day('08:05:00'), '2026-03-01T08:05:00Z', 'validatord', 'atlas-8b', 1, 'false', 'session.jsonl'],
          ['a-maybe', null, 'noon', 'edge', 'atlas-8b', 1, 'maybe', 'session.jsonl'],
        ],
      },
      {
        leaf: 'session/parity',
        population: 4,
        rows: [
          [
            'p04',
            '2026-02-02T23:05:09.000Z',
            '2026-02-03T04:05:09+05:00',
            'gateway',
            'atlas-8b',
            1,
            '0',
            'session.jsonl',
          ],
          ['p05', null, 'Tue Feb 3 04:05:10 2026', 'edge', 'atlas-8b', 1, 'maybe', 'session.jsonl'],
        ],
      },
      { leaf: 'session/clean', population: 2, rows: [] },
      { leaf: 'session/empty', population: 0, rows: [] },
    ],
    none: 'session/clean',
  },
  'phantom-workers': {
    cases: [
      {
        leaf: 'session/roster',
        population: 15,
        rows: [
          ['r-stamped', 2, 'w-9', day('12:01:00'), 'validatord', 'session.jsonl'],
          ['r-right', 1, 'w-9', day('12:03:00'), 'validatord', 'session.jsonl'],
          ['r-right', 2, 'w-8', day('12:03:00'), 'validatord', 'session.jsonl'],
          ['r-right', 3, 'w-9', day('12:03:00'), 'validatord', 'session.jsonl'],
          ['r-number', 2, '007', day('12:04:00'), 'validatord', 'session.jsonl'],
          ['r-unstamped', 1, 'w-9', day('12:05:00'), 'validatord', 'session.jsonl'],
          ['r-blank', 2, '', day('12:06:00'), 'validatord', 'session.jsonl'],
          ['r-twice', 1, 'w-9', day('12:10:00'), 'validatord', 'session.jsonl'],
        ],
      },
      { leaf: 'session/clean', population: 2, rows: [] },
    ],
    none: 'session/clean',
  },
  'stamp-mismatch': {
    cases: [
      {
        leaf: 'session/roster',
        population: 8,
        rows: [
          ['r-stamped', day('12:01:00'), 'validatord', 'true', 2, 1, 'session.jsonl'],
          ['r-denied', day('12:02:00'), 'validatord', 'false', 1, 0, 'session.jsonl'],
          ['r-number', day('12:04:00'), 'validatord', 'true', 2, 1, 'session.jsonl'],
          ['r-twice', day('12:10:00'), 'validatord', 'false', 1, 0, 'session.jsonl'],
        ],
      },
      { leaf: 'session/clean', population: 2, rows: [] },
    ],
    none: 'session/clean',
  },
  'unnamed-workers': {
    cases: [
      {
        leaf: 'session/roster',
        population: 11,
        rows: [
          ['r-blank', 3, day('12:06:00'), 'validatord', 'maybe', 'session.jsonl'],
          ['r-nobody', 1, day('12:07:00'), 'validatord', 'true', 'session.jsonl'],
          ['r-bare', null, day('12:11:00'), 'validatord', 'true', 'session.jsonl'],
        ],
      },
    ],
    none: 'session/clean',
  },
  'ungrounded-unknown': {
    cases: [
      {
        leaf: 'session/alarm',
        population: 8,
        rows: [
          ['a-none', day('08:06:00'), '2026-03-01T08:06:00Z', 'validatord', 'atlas-8b', 1, 'session.jsonl'],
          ['a-null', day('08:07:00'), '2026-03-01T08:07:00Z', 'validatord', 'atlas-8b', 1, 'session.jsonl'],
        ],
      },
    ],
    none: 'session/clean',
  },
  unanswered: {
    cases: [
      {
        leaf: 'session/unanswered',
        population: 3,
        rows: [
          ['u-absent', march3('09:00'), '2026-03-03T09:00:00Z', 'validatord', 'fill', 'm', 1, 'session.jsonl'],
          ['u-null', march3('09:01'), '2026-03-03T09:01:00Z', 'validatord', 'email', 'm', 1, 'session.jsonl'],
        ],
      },
    ],
    none: 'session/clean',
  },
  'rejection-spike': {
    cases: [
      {
        leaf: 'session/worse',
        population: 251,
        rows: [
          [
            'fill',
            31,
            21,
            0.6774193548387096,
            61,
            6,
            0.09836065573770492,
            0.5790586991010047,
            0.26389460831284195,
            0.05,
            '2026-06-07T12:00:00.000Z',
            '2026-06-08T12:00:00.000Z',
          ],
        ],
      },
      // One session more than there are of fills; and 29, which there are of emails.
      { leaf: 'session/worse', params: { least_sessions: '32' }, rows: [] },
      {
        leaf: 'session/worse',
        params: { least_sessions: '29', least_rise: '0.2639' },
        rows: [
          [
            'email',
            29,
            29,
            1,
            60,
            6,
            0.1,
            0.9,
            0.6070394430184467,
            0.2639,
            '2026-06-07T12:00:00.000Z',
            '2026-06-08T12:00:00.000Z',
          ],
        ],
      },
      // Seen from the day before, there is no day to compare.
      { leaf: 'session/worse', params: { now: '2026-06-07T12:00:00Z' }, rows: [] },
    ],
    none: 'session/clean',
  },
  'first-shot-drop': {
    cases: [
      {
        leaf: 'session/worse',
        population: 251,
        rows: [
          [
            'atlas-8b',
            31,
            10,
            0.3225806451612903,
            61,
            55,
            0.9016393442622951,
            0.5790586991010047,
            0.2638946083128419,
            0.05,
            '2026-06-07T12:00:00.000Z',
            '2026-06-08T12:00:00.000Z',
          ],
        ],
      },
      { leaf: 'session/worse', params: { least_sessions: '32' }, rows: [] },
      { leaf: 'session/worse', params: { least_drop: '0.2639' }, rows: [] },
      { leaf: 'session/worse', params: { now: '2026-06-07T12:00:00Z' }, rows: [] },
    ],
    none: 'session/clean',
  },
  'exhausted-rate': {
    cases: [
      {
        leaf: 'session/exhausted',
        population: 169,
        rows: [
          [
            'edge',
            'letter',
            'used-up',
            40,
            24,
            0.6,
            0.37087451659520193,
            0.2,
            '2026-05-29T08:59:00.000Z',
            '2026-06-05T08:59:00.000Z',
          ],
        ],
      },
      { leaf: 'session/exhausted', params: { bound: '0.3709' }, rows: [] },
    ],
    none: 'session/clean',
  },
  'duplicate-sessions': {
    cases: [
      {
        leaf: 'session/twice',
        population: 9,
        rows: [
          ['copied', 'validatord', 2, 1, 1, march3('09:00'), march3('09:00'), 2, 'session.000001.jsonl'],
          ['again', 'validatord', 2, 2, 2, march3('09:01'), march3('09:02'), 1, 'session.jsonl'],
          ['nobody', null, 2, 1, 1, march3('09:04'), march3('09:04'), 2, 'session.000001.jsonl'],
        ],
      },
    ],
    none: 'session/clean',
  },
  'silent-daemon': {
    cases: [
      {
        leaf: 'session/silent',
        population: 525,
        rows: [
          [
            'quiet',
            '2026-06-08T06:00:00.000Z',
            6 * hourMs,
            hourMs / 6,
            hourMs,
            180,
            '2026-06-07T00:10:00.000Z',
            '2026-06-08T12:00:00.000Z',
          ],
        ],
      },
      // Nobody has written for a day: told by the clock alone, of those who wrote for more than three days, which is nobody.
      { leaf: 'session/silent', params: { live: 'true', now: '2026-06-09T12:00:00Z' }, rows: [] },
      {
        leaf: 'session/silent',
        params: { live: 'true', now: '2026-06-08T15:00:00Z' },
        rows: [
          [
            'quiet',
            '2026-06-08T06:00:00.000Z',
            9 * hourMs,
            hourMs / 6,
            hourMs,
            180,
            '2026-06-07T00:10:00.000Z',
            '2026-06-08T15:00:00.000Z',
          ],
          [
            'loud',
            '2026-06-08T12:00:00.000Z',
            3 * hourMs,
            hourMs / 6,
            hourMs,
            216,
            '2026-06-07T00:10:00.000Z',
            '2026-06-08T15:00:00.000Z',
          ],
        ],
      },
      // At the bound: not longer than it.
      { leaf: 'session/silent', params: { least_silence: '6h' }, rows: [] },
      { leaf: 'session/silent', params: { factor: '36' }, rows: [] },
    ],
    none: 'session/clean',
  },
  'clock-skew': {
    cases: [
      {
        leaf: 'session/skewed',
        population: 6,
        rows: [
          [
            'session',
            'edge',
            'past',
            2,
            '1970-01-01T00:00:09.000Z',
            '1970-01-01T00:01:00.000Z',
            null,
            1,
            'session.jsonl',
          ],
          [
            'session',
            'validatord',
            'future',
            2,
            '2199-05-01T00:00:00.000Z',
            '2199-06-01T00:00:00.000Z',
            null,
            2,
            'session.000001.jsonl',
          ],
        ],
      },
      {
        leaf: 'journal/backwards',
        population: 6,
        rows: [['journal', 'slow-clock', 'backwards', 1, journalAt(2_000), journalAt(2_000), 7000, 1, 'journal.jsonl']],
      },
      // Five minutes ahead is not more than five minutes.
      { leaf: 'session/clean', params: { now: '2026-03-01T11:55:00Z' }, rows: [] },
    ],
    none: 'session/clean',
  },
  'unknown-schema': {
    cases: [{ leaf: 'session/unknown-version', population: 4, rows: [['session.jsonl', 'session', 2, 1, 'ndjson']] }],
    none: 'session/clean',
  },
  'first-shot': {
    cases: [
      {
        leaf: 'session/rates',
        rows: [
          ['atlas-8b', 5, 5, 3, 0.6, 0.230724281276, 0.882379225767],
          // One session of one: 1 / (1 + z²).
          ['nova-2', 3, 1, 1, 1, 0.2065493144, 1],
          [null, 1, 1, 0, 0, 0, 0.7934506856],
        ],
      },
      // Judged none: no rate, no interval, no division by zero.
      { leaf: 'session/infra-only', rows: [['atlas-8b', 1, 0, 0, null, null, null]] },
    ],
    none: 'session/empty',
  },
  'first-shot-sessions': {
    cases: [
      {
        leaf: 'session/rates',
        rows: [
          ['r-n1', day('23:00:00'), 'validatord', 'fill', 'nova-2', 'local', 100, 'session.jsonl'],
          ['r-a2', day('02:00:00'), 'validatord', 'fill', 'atlas-8b', 'local', 3000, 'session.jsonl'],
          ['r-a1', day('01:00:00'), 'validatord', 'fill', 'atlas-8b', 'local', 2000, 'session.jsonl'],
          ['r-a0', day('00:00:00'), 'validatord', 'fill', 'atlas-8b', 'local', 1000, 'session.jsonl'],
        ],
      },
    ],
    none: 'session/infra-only',
  },
  'repeated-rejections': {
    cases: [
      {
        leaf: 'session/chains',
        rows: [
          [
            'k-four',
            day('10:02:00'),
            'edge',
            'playbook',
            'nova-2',
            4,
            4,
            'validation_failed',
            'unknown workers W-8, W-9 and W-10',
            'session.jsonl',
          ],
          [
            'k-three',
            day('10:00:00'),
            'validatord',
            'fill',
            'atlas-8b',
            4,
            3,
            'accepted',
            '2 of 3 shifts are filled',
            'session.jsonl',
          ],
          [
            'k-late',
            null,
            'validatord',
            'fill',
            'atlas-8b',
            5,
            3,
            'accepted',
            'candidate "alice" does not exist',
            'session.jsonl',
          ],
        ],
      },
      {
        leaf: 'session/chains',
        params: { n: '4' },
        rows: [
          [
            'k-four',
            day('10:02:00'),
            'edge',
            'playbook',
            'nova-2',
            4,
            4,
            'validation_failed',
            'unknown workers W-8, W-9 and W-10',
            'session.jsonl',
          ],
        ],
      },
      {
        leaf: 'session/chains',
        params: { n: '2' },
        rows: [
          [
            'k-four',
            day('10:02:00'),
            'edge',
            'playbook',
            'nova-2',
            4,
            4,
            'validation_failed',
            'unknown workers W-8, W-9 and W-10',
            'session.jsonl',
          ],
          [
            'k-three',
            day('10:00:00'),
            'validatord',
            'fill',
            'atlas-8b',
            4,
            3,
            'accepted',
            '2 of 3 shifts are filled',
            'session.jsonl',
          ],
          [
            'k-late',
            null,
            'validatord',
            'fill',
            'atlas-8b',
            5,
            3,
            'accepted',
            'candidate "alice" does not exist',
            'session.jsonl',
          ],
          [
            'k-broken',
            day('10:01:00'),
            'validatord',
            'fill',
            'atlas-8b',
            5,
            2,
            'validation_failed',
            'role "cook" is filled twice',
            'session.jsonl',
          ],
          ['k-two', day('10:03:00'), 'validatord', 'fill', 'atlas-8b', 3, 2, 'accepted', null, 'session.jsonl'],
        ],
      },
    ],
    none: 'session/clean',
  },
  'phantom-rejections': {
    cases: [
      {
        leaf: 'session/chains',
        rows: [
          [
            'k-three',
            day('10:00:00'),
            'validatord',
            'fill',
            'atlas-8b',
            2,
            'W-101 W-102',
            'worker W-102 is not in the roster',
            'session.jsonl',
          ],
          [
            'k-four',
            day('10:02:00'),
            'edge',
            'playbook',
            'nova-2',
            2,
            'W-7 W-8 W-9 W-10',
            'unknown workers W-8, W-9 and W-10',
            'session.jsonl',
          ],
          [
            'k-late',
            null,
            'validatord',
            'fill',
            'atlas-8b',
            1,
            null,
            'candidate "alice" does not exist',
            'session.jsonl',
          ],
        ],
      },
    ],
    none: 'session/clean',
  },
  verdicts: {
    cases: [
      {
        leaf: 'session/rates',
        rows: [
          ['edge', 'fill', 'nova-2', 1, 0, 0, 1, 0, null],
          ['validatord', 'email', null, 1, 0, 0, 0, 1, 0],
          ['validatord', 'fill', 'atlas-8b', 5, 4, 1, 0, 0, 0.8],
          ['validatord', 'fill', 'nova-2', 2, 1, 0, 1, 0, 1],
        ],
      },
    ],
    none: 'session/empty',
  },
  'rejection-reasons': {
    cases: [
      {
        leaf: 'session/chains',
        rows: [
          [
            'validation_failed',
            '<n> of <n> shifts are filled',
            3,
            2,
            1,
            day('10:00:00'),
            day('10:01:00'),
            '1 of 3 shifts are filled',
          ],
          ['validation_failed', 'date <time> is not free', 2, 1, 1, null, null, 'date 2026-03-01 is not free'],
          [
            'validation_failed',
            'role <name> is filled twice',
            2,
            1,
            1,
            day('10:01:00'),
            day('10:01:00'),
            'role "cook" is filled twice',
          ],
          [
            'validation_failed',
            'step <n> names shift <id>',
            2,
            1,
            1,
            day('10:02:00'),
            day('10:02:00'),
            'step 1 names shift 123e4567-e89b-12d3-a456-426614174000',
          ],
          [
            'validation_failed',
            'worker <id> is not in the roster',
            2,
            1,
            1,
            day('10:00:00'),
            day('10:00:00'),
            'worker W-101 is not in the roster',
          ],
          [
            'validation_failed',
            'worker <n> is booked',
            2,
            2,
            1,
            day('10:03:00'),
            day('10:04:00'),
            'worker 7 is booked',
          ],
          [
            'no_json',
            'the answer holds no JSON object',
            1,
            1,
            1,
            day('10:01:00'),
            day('10:01:00'),
            'the answer holds no JSON object',
          ],
          ['no_json', null, 1, 1, 1, null, null, null],
          [
            'validation_failed',
            'Unknown candidate_id: <id>',
            1,
            1,
            1,
            day('10:02:00'),
            day('10:02:00'),
            'Unknown candidate_id: W-7',
          ],
          [
            'validation_failed',
            'candidate <name> does not exist',
            1,
            1,
            1,
            null,
            null,
            'candidate "alice" does not exist',
          ],
          [
            'validation_failed',
            'unknown workers <id> …',
            1,
            1,
            1,
            day('10:02:00'),
            day('10:02:00'),
            'unknown workers W-8, W-9 and W-10',
          ],
          ['validation_failed', null, 1, 1, 1, day('10:03:00'), day('10:03:00'), null],
        ],
      },
    ],
    none: 'session/clean',
  },
  retries: {
    cases: [
      {
        leaf: 'session/rates',
        rows: [
          [0, 1, 0, 0, 1, 1 / 9],
          [1, 6, 4, 0, 1, 6 / 9],
          [2, 1, 1, 0, 0, 1 / 9],
          [3, 1, 0, 1, 0, 1 / 9],
        ],
      },
    ],
    none: 'session/empty',
  },
  'infra-errors': {
    cases: [
      {
        leaf: 'session/rates',
        rows: [
          [
            'r-n2',
            '2026-03-02T12:00:00.000Z',
            'edge',
            'fill',
            'nova-2',
            'local',
            1,
            'HTTP 503 from upstream',
            null,
            'session.jsonl',
          ],
          [
            'r-n0',
            day('23:30:00'),
            'validatord',
            'fill',
            'nova-2',
            'local',
            0,
            'dial tcp: connection refused',
            30,
            'session.jsonl',
          ],
        ],
      },
      // A chain of null: the session is listed, its error is not known.
      {
        leaf: 'session/parity',
        rows: [
          [
            'p02',
            '2026-02-03T04:05:07.000Z',
            'validatord',
            'fill',
            'atlas-8b',
            'local',
            null,
            null,
            null,
            'session.jsonl',
          ],
        ],
      },
    ],
    none: 'session/clean',
  },
  'slow-sessions': {
    cases: [
      { leaf: 'session/rates', rows: [['atlas-8b', 5, 3000, 4800, 4960, 5000]] },
      {
        leaf: 'session/rates',
        params: { n: '2' },
        rows: [
          ['atlas-8b', 5, 3000, 4800, 4960, 5000],
          ['nova-2', 2, 65, 96.5, 99.3, 100],
        ],
      },
    ],
    none: 'session/clean',
  },
  trend: {
    cases: [
      {
        leaf: 'session/rates',
        rows: [
          ['2026-03-01', 'atlas-8b', 4, 4, 3, 0.75],
          ['2026-03-01', 'nova-2', 2, 1, 1, 1],
          ['2026-03-02', 'atlas-8b', 1, 1, 0, 0],
          ['2026-03-02', 'nova-2', 1, 0, 0, null],
          [null, null, 1, 1, 0, 0],
        ],
      },
    ],
    none: 'session/empty',
  },
  'op-stats': {
    cases: [
      {
        leaf: 'observer/ops',
        rows: [
          ['/scenario/no-show', 'scenario', 12, 9, 3, 0, 0.75, 5, 5, 5, day('09:00:01'), day('09:00:11')],
          ['/match', 'mcp', 5, 3, 1, 1, 0.75, 25, 38.5, 40, day('08:00:00'), day('08:00:04')],
          ['/book', 'inbox', 3, 1, 2, 0, 1 / 3, null, null, null, day('08:00:07'), day('08:00:09')],
          ['/match', 'workflow', 2, 0, 2, 0, 0, null, null, null, day('08:00:05'), day('08:00:05')],
        ],
      },
    ],
    none: 'observer/empty',
  },
  'failure-clusters': {
    cases: [
      { leaf: 'observer/ops', rows: [['bb22', 3, 2, '/book', 'book: early', 1, day('08:00:05'), day('08:00:07')]] },
      {
        leaf: 'observer/ops',
        params: { n: '1' },
        rows: [
          ['bb22', 3, 2, '/book', 'book: early', 1, day('08:00:05'), day('08:00:07')],
          ['aa11', 1, 1, '/match', 'no worker is free in shift 3', 0, day('08:00:03'), day('08:00:03')],
        ],
      },
    ],
    none: 'observer/calm',
  },
  'recent-scenarios': {
    cases: [
      { leaf: 'observer/ops', rows: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(scenario) },
      { leaf: 'observer/ops', params: { n: '2' }, rows: [10, 11].map(scenario) },
      { leaf: 'observer/ops', params: { n: '99' }, rows: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(scenario) },
    ],
    none: 'observer/calm',
  },
  'open-spans': {
    cases: [
      {
        leaf: 'journal/crash',
        rows: [
          ['root', 'session', journalAt(0), 600, 'host', null, null, null, 'c-1', null, 'journal.jsonl'],
          ['plan-1', 'plan', journalAt(200), 400, 'planner', 'root', 'session', 'open', 'c-1', 't-2', 'journal.jsonl'],
        ],
      },
    ],
    none: 'journal/logs-only',
  },
  'stuck-spans': {
    cases: [
      {
        leaf: 'journal/stuck',
        population: 9,
        rows: [
          stuck('j-root', 0, 'crash', [null, null, 'c1', 't1']),
          stuck('j-child', 1_000, 'crash', ['j-root', 'open', null, null]),
          stuck('j-left', 3_000, 'forgotten', ['j-done', 'ok', null, null]),
          stuck('j-lost', 5_000, 'orphan', ['nowhere', null, null, null]),
          stuck('j-over', 2 * hourMs - 1, 'crash', [null, null, null, null]),
        ],
      },
      // Older than the oldest: none.
      { leaf: 'journal/stuck', params: { older: '3h' }, rows: [] },
    ],
    none: 'journal/logs-only',
  },
  'slow-spans': {
    cases: [
      {
        leaf: 'journal/crash',
        rows: [
          ['host', 'model.call', 2, 1, 200, 290, 298, 300, 'call-2'],
          ['planner', 'plan', 1, 0, 50, 50, 50, 50, 'plan-0'],
        ],
      },
      { leaf: 'journal/crash', params: { n: '2' }, rows: [['host', 'model.call', 2, 1, 200, 290, 298, 300, 'call-2']] },
    ],
    none: 'journal/logs-only',
  },
  'log-errors': {
    cases: [
      {
        leaf: 'journal/crash',
        rows: [
          [journalAt(220), 'error', 'host', 'aborted', null, null, null, null, 'journal.jsonl'],
          [journalAt(220), 'FATAL', 'host', 'out of memory', null, null, null, null, 'journal.jsonl'],
          [journalAt(210), 'error', 'planner', 'tool timed out', 'plan-1', 'plan', 'c-1', 't-2', 'journal.jsonl'],
          [null, 'error', 'host', 'clock lost', null, null, null, null, 'journal.jsonl'],
        ],
      },
    ],
    none: 'journal/logs-only',
  },
  'replay-stats': {
    cases: [
      {
        leaf: 'replay/misses',
        rows: [
          ['atlas-8b', 3, 2, 3, 0.666667, 0.25, 0.75, 1, 2.666667, 0, 200, 290],
          ['nova-2', 3, 2, 1, 0, 0, 0, 0, 0.333333, 2, 50, 50],
          [null, 2, 2, 0, null, null, null, null, 0.5, 1, null, null],
        ],
      },
    ],
    none: 'replay/empty',
  },
  'retrieval-misses': {
    cases: [
      {
        leaf: 'replay/misses',
        rows: [
          ['m-miss', 't1', day('09:00:00'), 'atlas-8b', 'right id not retrieved', 'w-2', 2, 'replay.jsonl'],
          ['m-miss', 't1', day('09:00:00'), 'atlas-8b', 'right id not retrieved', 'w-3', 2, 'replay.jsonl'],
          ['m-nothing', 't5', day('09:00:04'), 'nova-2', 'nothing retrieved', null, 0, 'replay.jsonl'],
          ['m-nothing', null, null, 'nova-2', 'nothing retrieved', null, 0, 'replay.jsonl'],
        ],
      },
    ],
    none: 'replay/hits',
  },
};

function scenario(index: number): Value[] {
  const time = index === 0 ? null : day(`09:00:${String(index).padStart(2, '0')}`);
  return [
    time,
    index % 4 !== 3,
    `s-${index}`,
    index % 2 === 1 ? 'no-show' : 'late',
    'cook',
    '/scenario/no-show',
    null,
    'observer.jsonl',
  ];
}
