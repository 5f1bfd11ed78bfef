// Every bound of lakeobs, named with its unit, with the reason beside it. Nothing else in the code holds a bare number that limits something.

const KiB = 1024;
const MiB = 1024 * KiB;

/** Longest line a writer accepts and a reader keeps, in bytes without the newline. DuckDB's reader takes lines up to twice its
 * maximum_object_size of 16 MiB and allocates that much per thread; 4 MiB leaves room and keeps a line something a person can look at. */
export const lineBytesMax = 4 * MiB;

/** DuckDB's `maximum_object_size`: twice the line limit, so that a line the writer accepted is always readable. Allocated per thread, so not larger. */
export const duckdbObjectBytesMax = 16 * MiB;

/** A log is rotated when it would grow past this: small enough to index and copy in a blink, large enough for few files. */
export const rotateBytes = 50 * MiB;

/** Digits of a segment number, so that names sort; more digits are read. */
export const segmentDigits = 6;

/** Buffered writers write when this much is waiting … */
export const batchBytes = 64 * KiB;
/** … or this long after the first waiting record. */
export const batchMs = 10;
/** A buffered writer that cannot get rid of its data writes directly past this. */
export const bufferBytesMax = 16 * MiB;

/** A writer looks whether its path still names its file after this long … */
export const lookMs = 250;
/** … or this much written: a look per append halves the rate of small records. */
export const lookBytes = 64 * KiB;

/** A param of type duration is at most this long: DuckDB counts its microseconds in 64 bits. */
export const durationMsMax = 9e15;
/** Node's timers wrap beyond this. */
export const timerMsMax = 2 ** 31 - 1;

/** fsync policy `interval`: at most this long between a record and its fsync. */
export const syncIntervalMs = 5_000;

/** A segment counts as closed after this long without growth: a writer may still hold it after somebody else rotated. */
export const closedAfterMs = 60_000;

/** A last byte that is no newline may be another process's write under way; it is a torn tail once the file has not grown for this long. A process can lose
 * the processor for some tens of milliseconds inside a write; a seal that comes too early costs a blank line, so the wait may be short … */
export const sealWaitMs = 100;
/** … is spent in steps of this length … */
export const sealPollMs = 2;
/** … and ends here even if the file goes on growing. */
export const sealPatienceMs = 500;
/** A write that comes back short this often in a row for one line is given up: the disk is full in a way that will not pass in between. */
export const shortWritesMax = 3;

/** After a rotation that failed (no permission, no inode left) writing goes on in the same file and rotation is tried again after this long. */
export const rotateRetryMs = 1_000;
/** A writer that meets an unfinished rotation ends it and opens the path again, at most this often in a row. */
export const healTurnsMax = 3;
/** Rotated files whose fsync is still under way in the background; past this the writer waits, so that descriptors stay few. */
export const retiringFilesMax = 8;

/** One chain entry covers at most this many bytes: a change is named to this precision, at a cost of about 0.2 % of the log. */
export const chainBlockBytes = 256 * KiB;
/** The chain is written in steps of this many bytes of log (about 5 ms of hashing) so that a large segment does not stop the host. */
export const chainStepBytes = 4 * MiB;
/** flush and close wait this long for others that are writing the chain: many writers on a loaded machine take turns for seconds … */
export const lockWaitMs = 10_000;
/** … and try again this often. */
export const lockPollMs = 10;
/** A lock whose holder cannot be asked (another host or container) counts as left behind after this long; a step takes milliseconds. */
export const lockStaleMs = 60_000;

/** Best-effort fronts warn at most once in this time. */
export const warnEveryMs = 60_000;

/** Session prompts are cut to this many code points (records.md, "session"). */
export const promptCodePointsMax = 4_000;
/** Error text of an infra failure is cut to this many code points. */
export const infraErrorCodePointsMax = 800;

/** Request and response bodies keep this many bytes. */
export const bodyBytesMax = 50_000;
/** Message text keeps this many code points. */
export const textCodePointsMax = 10_000;

/** Head of a damaged range shown in `quarantine`: enough to recognise, small enough to print. */
export const rawHeadBytes = 256;

/** A torn tail is live only if the file grows, or the tail completes, within this time. */
export const tailRecheckMs = 1_000;

/** Rows are printed once there is this much text, or all of it: a statement that fails before has then printed nothing. */
export const heldOutputUnitsMax = 4 * MiB;

/** Rows of a table on a terminal when no --limit was given. */
export const tableRowsDefault = 50;
/** A chart is no wider than this: longer bars compare no better. */
export const chartColumnsMax = 120;
/** Rows a chart looks at: more than its dots could show, and some megabytes of labels. */
export const chartRowsMax = 100_000;
/** Bars of a chart, about a screen. */
export const chartBarsMax = 40;
/** Ranges of a histogram: about half a screen. */
export const chartBinsMax = 20;
/** Lines of a chart, drawn one below the other: about a screen. */
export const chartSeriesMax = 8;

/** A terminal that does not tell its width is taken for one of the usual width. */
export const terminalColumnsDefault = 80;
/** Rows for a language model when no --limit was given. */
export const agentRowsDefault = 50;
/** A cell for a language model: enough to see what an error says. */
export const agentCellCodePointsMax = 300;
/** Lines of data in one answer for a language model: some ten thousand tokens, a fraction of what it can hold. In UTF-16 units. */
export const agentOutputUnitsMax = 32 * KiB;
/** Rows of one check kept in its JSON document. */
export const checkRowsMax = 100;
/** Rows of one check shown to a person. */
export const checkRowsShown = 10;

/** A cell of a table takes at most this many terminal columns when no width is given (a file, a pipe): a body of megabytes would bury its neighbours. */
export const tableCellColumnsMax = 1_000;
/** A column of text is left out of a table rather than made narrower than this: it holds three characters and the mark of a cut like …(12,345). */
export const tableColumnColumnsMin = 12;
/** A table with columns too many for its terminal becomes one record per block when that takes no more lines than this, about a screen. */
export const expandedLinesMax = 40;
/** A value in an expanded record: about a hundred lines of a wide terminal; the data formats have the whole. */
export const expandedValueCodePointsMax = 10_000;
/** A cell in the Markdown of a verdict: ten rows of ten checks stay far below the 1 MiB a job summary may have. */
export const summaryCellCodePointsMax = 300;
/** A job summary in bytes of UTF-8: GitHub refuses one of more than 1 MiB a step as a whole, and the step may write a few lines of its own. */
export const summaryBytesMax = 1_000 * KiB;
/** Rows in the JUnit body of one check: Jenkins keeps all of it in memory … */
export const junitBodyUnitsMax = 64 * KiB;
/** … and of all checks together: GitLab reads 30 MB of reports. Both in UTF-16 units before escaping, which makes six bytes of a quote. */
export const junitBodiesUnitsMax = 4 * MiB;
/** Why a check or a run is judged as it is: some lines. DuckDB repeats in full the value that it cannot cast, and a value of a log may have megabytes. In UTF-16 units. */
export const reasonUnitsMax = 2_000;
/** Checks a reason names; the report has all of them below. */
export const reasonNamesMax = 10;
/** An id that is put into a command to be pasted: longer ones are no ids but texts. In UTF-16 units. */
export const commandIdUnitsMax = 200;
/** GitHub keeps the first results of a SARIF run, worst first, up to this many … */
export const sarifResultsMax = 5_000;
/** … this many tags of a rule … */
export const sarifTagsMax = 10;
/** … and of a rule's descriptions 1,024 characters: this many and the mark of a cut. A result's message is kept as short: 5,000 of them stay below the 10 MB
 * an upload may have. */
export const sarifTextCodePointsMax = 1_000;
/** GitHub's runner makes annotations of the first ten errors and the first ten warnings a step prints … */
export const annotationsPerLevelMax = 10;
/** … and takes this much of a message (4,096 UTF-16 units in the runner; every code point has at most two). */
export const annotationCodePointsMax = 2_000;
/** Title of an annotation: GitHub's API takes 255 characters. */
export const annotationTitleCodePointsMax = 120;
/** Uncompressed bytes of log read to find the lines of findings that are shown: some seconds. */
export const locateBytesMax = 4 * 1024 * MiB;
/** Findings a baseline may accept: its file is read whole, and more than this nobody has looked at. */
export const baselineEntriesMax = 250_000;
/** Identity of a remembered finding, in code points of one value and of all: enough to know it by, a line one can read in a diff. */
export const identityValueCodePointsMax = 120;
export const identityCodePointsMax = 600;
/** The draft of a baseline or of a last run that is older than this was left by a killed process. */
export const draftKeptMs = 10 * 60_000;
/** Files a verdict lists for a person; the JSON document lists all. */
export const sourcesShown = 10;

/** Logs of no more than this are read by one thread. DuckDB gives a thread 32 MiB of a file or 122,880 rows of a table at a time, so more would only wait;
 * several small files could be shared out, and below this size that does not pay for starting the threads. */
export const oneThreadBytesMax = 16 * MiB;
/** … and many small files as well, those of no more than this on average: two threads wait for each other's files and hold on to what they have read. 50,000 files of
 * one line took 10 s and 0.75 GB with one thread, 55 s and 9 GB with two; at this size there was no difference. */
export const oneThreadMeanBytesMax = 64 * KiB;

/** Wide columns (prompt, artifact, bodies) are copied into memory for one exact read only below this many bytes of log. */
export const wideScanBytesMax = 256 * MiB;

/** From this many bytes of log on, equal lines are counted as they are read instead of kept one by one: that halves what reading costs above the scan. Below,
 * a copy takes no time, and rows stay in the order of the files: sums of fractions come out the same to the last digit. */
export const groupedScanBytesMin = 64 * MiB;

/** A file touched this recently is likely to move again while it is read … */
export const hotMs = 2_000;
/** … and is read through a private copy from the start when it is no larger than this: a copy costs 20 ms per 50 MiB, a second reading of everything more. */
export const hotCopyBytesMax = 64 * MiB;

/** The index is made of pieces of at most this many bytes of log: what a killed run loses, and the private copy one piece is built from. */
export const indexPieceBytesMax = 256 * MiB;
/** Bytes of log in one row group of a piece: DuckDB holds a few of them in memory per thread, and skips or reads them whole. */
export const indexRowGroupBytes = 32 * MiB;
/** Rows of a row group: at least one of DuckDB's vectors; more than this make building and reading take more memory and nothing quicker (docs/performance.md). */
export const indexRowGroupRowsMin = 2_048;
export const indexRowGroupRowsMax = 20_480;
/** DuckDB's threads while it builds: two that keep the order of the lines burn half as much again and are no quicker, and the other core hashes. */
export const indexThreads = 1;
/** Damaged ranges one piece may have: a file with more is no log, and its list would be longer than what is kept of it. */
export const indexDamagedRangesMax = 10_000;
/** A piece's bytes are recognised by hashes of its first and last block and of this many between … */
export const fingerprintBlocks = 16;
/** … each of this size; a piece with less is hashed whole. */
export const fingerprintBlockBytes = 4 * KiB;
/** A pack is made when this many bytes of log are indexed and in none: below, the pieces are as quick. */
export const indexPackBytesMin = 64 * MiB;
/** Bytes of log in one pack … */
export const indexPackBytesMax = 1024 * MiB;
/** … and rows: they are sorted as a whole, in some 150 to 200 bytes of memory each. Short lines and compressed logs come to this first. */
export const indexPackRowsMax = 2_000_000;
/** A log untouched for this long is packed whole; should it grow all the same, the pack is made anew once half of it is outdated. */
export const indexSettledMs = 3_600_000;
/** Pieces in one pack: their number must fit 16 bits, and every one makes the statement longer that reads it. */
export const indexPackPiecesMax = 1_000;
/** DuckDB's memory while it packs, unless the user gave another: a pack is sorted on disk past this, which took no longer. Without it 4 GB of log took 1.3 GiB, and more
 * with every pack; with 384 MiB it varied between 0.8 and 1.2 GiB. */
export const indexPackMemory = '256MiB';
/** Memory that one thread has freed goes back to the system from this on (DuckDB's own default is 128 MiB): packing frees much at a time. */
export const indexPackFlush = '16MiB';
/** A column with more bytes a row than this is in the pieces alone: packs are for what a statement can read in whole. */
export const indexPackColumnBytesMax = 64;
/** Rows of a row group of a pack: small enough for a condition to skip most of them, large enough for few. */
export const indexPackRowGroupRows = 61_440;
/** A pack names all values of a column that has at most this many … */
export const indexPackValuesMax = 8;
/** … of at most this many characters each: a condition that leaves some out can name the others. */
export const indexPackValueCharsMax = 64;
/** Files of the index that nothing refers to any more are kept this long: another process may be reading or writing them. */
export const indexGraceMs = 10 * 60_000;
/** A private folder of a process that is gone was left behind when nothing has been written in it for so long: no run that still works is silent for an hour. */
export const temporaryGraceMs = 60 * 60_000;
/** What the index does not hold yet of a file is read through a private copy; past this the whole file is read as it lies. */
export const indexRestBytesMax = 1024 * MiB;
/** A query that reads more than this without the index says so once. */
export const indexHintBytesMin = 256 * MiB;
/** Damage in a smaller file is found again in less time than it takes to look it up. */
export const salvageKeptBytesMin = MiB;

/** How often listing and reading starts again because files were rotated or rewritten under it. */
export const movingRetriesMax = 25;

/** Redaction looks this many levels deep into a record; what lies deeper is replaced, because nobody looked at it. */
export const redactDepthMax = 256;
/** JSON inside a string inside JSON …: this many layers are opened, then only patterns are applied. */
export const redactNestedTextMax = 8;
/** Redacted text is redacted again until nothing changes, at most this often: one replacement may uncover another. */
export const redactRoundsMax = 4;
/** Verdicts on names kept in memory, so that a key costs one look-up; a hostile stream of fresh names empties the store instead of growing it. */
export const redactNamesMax = 4_096;
/** Longest name read as a name, in UTF-16 units; a longer one is judged by its parts only and never remembered. */
export const redactNameUnitsMax = 128;

/** A roster, unpacked: it is held in memory while it is hashed and read. Room for ten million ids. */
export const rosterBytesMax = 256 * MiB;

/** A statement of free SQL has at most this many bytes: ten thousand ids in a list are half of it, and parsing more takes seconds that cannot be interrupted. */
export const statementBytesMax = MiB;
/** Of a line of SQL with a caret below it so many columns are shown: with its indentation it fits a terminal of 80, where a longer one would be wrapped between the two. */
export const caretColumnsMax = 76;
/** Files that one pattern of --allow-files may stand for. */
export const allowedFilesMax = 10_000;
/** `sql` ends after this long unless --timeout says otherwise: somebody waits in front of it. */
export const sqlTimeoutMs = 60_000;

/** The memory of a process that runs free SQL is looked at this often: text is written at some GB a second, so this is what may pass the limit unseen, some 50 MB. */
export const memoryPollMs = 20;
/** What such a process may take beside DuckDB's memory limit: Node with the rows it prints, the reader's buffers (two times duckdbObjectBytesMax a thread),
 * and what string functions allocate past DuckDB's own count. */
export const besideMemoryLimitBytes = 512 * MiB;
/** … but never more than this share of the machine: at the end stands the kernel, which kills whom it likes. */
export const machineMemoryShare = 0.9;
/** DuckDB's own memory limit when none is given, as a share of the machine. */
export const duckdbMemoryShare = 0.8;

/** A process of free SQL that should have ended its statement by itself is killed this long after. Ending by itself takes limits.interruptGraceMs and the way back. */
export const killGraceMs = 1_000;
/** Rows kept for a caller who did not ask for a stream take at most this much text: two copies of it live in the process of the caller. In UTF-16 units. */
export const heldRowsUnitsMax = 64 * MiB;
/** Behind a row limit the rest is counted up to this many rows, then only said to be more: an endless answer must not run into its time limit for a number nobody waits for. */
export const countedRowsMax = 1_000_000;
/** `show` takes an id by its beginning from this many characters on, as git does: shorter ones are names somebody mistyped. */
export const idPrefixCharactersMin = 4;
/** Rows of each kind that one time line holds, the earliest ones; the others are counted. A line of the journal takes about 1 KiB as an entry. */
export const timelineRowsMax = 10_000;
/** Ids that one time line is gathered from: more are a program's whole life, not a trace. */
export const timelineIdsMax = 50_000;
/** Entries below one entry that are printed: the first … */
export const timelineFirstShown = 30;
/** … and the last ones; between them only what failed or never ended, up to as many again. --full prints all. */
export const timelineLastShown = 5;
/** Levels a time line is indented by; deeper ones say their depth: at 80 columns there would be no room for words. */
export const timelineIndentLevelsMax = 12;
/** Ids that share a beginning or an end with an unknown one and are compared with it, letter by letter: some milliseconds' work. */
export const nearIdsCompared = 10_000;

/** Records `tail` prints when no -n was given. */
export const tailRecordsDefault = 10;
/** `tail` reads files from their end in pieces of this size. */
export const tailChunkBytes = 64 * KiB;
/** With --since, `tail` stops looking back in a file after this many older records in a row: several writers may share a file, so its times go a little back and forth. */
export const olderRecordsInARow = 1_000;
/** The number of a damaged line is found by counting the lines in front of it, in at most this much: a blink. Beyond, only its bytes are named. */
export const lineCountBytesMax = 256 * MiB;
/** `tail --where` judges records in batches of at most this many … */
export const whereBatchRecords = 5_000;
/** … and this much text: one statement over thousands of records costs what it costs over ten. */
export const whereBatchBytes = 8 * MiB;
/** Followed files are looked at this often, should the system not tell of changes (network file systems, containers) … */
export const followPollMs = 1_000;
/** … and not sooner than this after a look, so that a log written line by line costs twenty looks a second and not thousands. */
export const followPauseMs = 50;
/** Folders are listed anew this often even when nothing in them seems to change. */
export const followListMs = 10_000;
/** Read from one followed file in one round; then it is the others' turn, and what was read is printed. */
export const followRoundBytes = MiB;

/** `watch` runs its query at most this often unless --interval says otherwise: a log that is written all the time must not keep a processor busy. */
export const watchIntervalMs = 1_000;
/** Rows of one result that `watch` holds and prints in a data format: it is there to be looked at. */
export const watchRowsMax = 1_000;
/** `watch` keeps a private columnar copy of what no index holds, once that is more than this: reading it again takes longer than opening DuckDB. */
export const watchIndexBytesMin = 16 * MiB;

/** How far a run is, is asked this often. */
export const progressPollMs = 200;
/** Progress is shown for work that takes longer than this … */
export const progressAfterMs = 1_000;
/** … and where there is no terminal, one line this often. */
export const progressLineMs = 10_000;
/** A run that is not done after this long says what it reads: by then somebody wonders. */
export const slowRunMs = 3_000;

/** After Ctrl-C a statement has this long to stop by itself. */
export const interruptGraceMs = 100;

/** ingest reads its sources in pieces of this size: large enough that a system call costs nothing, small enough for flat memory. */
export const ingestChunkBytes = MiB;
/** ingest commits when this much is staged: a killed one repeats at most this, some seconds' work, and rare families still come in few segments. */
export const ingestTransactionBytes = 512 * MiB;
/** A source is first looked up in the ledger by the hash of its first bytes, a power of two of them; two logs rarely share this many, and reading them
 * costs nothing. */
export const ledgerHeadBytes = 4 * KiB;
/** A transaction of ingest names at most this many sources, so that a row of its ledger stays a line one can read. */
export const ledgerSourcesMax = 1_000;
/** Raw bytes in one quarantine record; a longer rejected line is kept in several. As JSON text each byte takes up to six: the record stays under lineBytesMax. */
export const quarantinePieceBytes = 512 * KiB;
/** ingest waits this long for another ingest on the same lake before it gives up: cron jobs overlap by seconds, not by hours. */
export const ingestLockWaitMs = 10_000;
/** ingest asks for the lock again after this long. */
export const ingestLockPollMs = 50;
/** Rejected lines of one file that ingest names on stderr; all of them are in the quarantine. */
export const rejectedLinesShown = 5;

/** Sessions of the demo: with what follows from them a few thousand records, written and read in a blink. */
export const demoSessions = 1_200;

/** A file without a single record is called "not NDJSON", or not, after this many lines … */
export const doubtLinesMax = 1_000;
/** … or this many bytes of lines: until then its findings are held in memory. */
export const doubtBytesMax = 16 * MiB;
/** So many lines in a row that go on as one JSON value are a value that spans lines even if it never ends; a torn record and the good one behind it make two. */
export const jsonAcrossLinesMin = 4;
/** A salvage scan reads files in pieces of this size … */
export const scanChunkBytes = MiB;
/** … scans them in steps of this size, because the findings of a step are held until they are taken … */
export const scanStepBytes = 128 * KiB;
/** … and feeds compressed bytes in pieces of this size: gzip unpacks up to 1,032 bytes from one, and each piece is unpacked into memory … */
export const scanCompressedChunkBytes = 32 * KiB;
/** … in buffers of this size. */
export const scanUnpackedChunkBytes = 128 * KiB;

/** Damaged ranges of one file that repair and doctor list one by one; all are counted, and the view quarantine has all. */
export const damagedRangesListed = 100;
/** repair copies in pieces of this size. */
export const repairCopyBytes = MiB;
/** Different unknown keys that doctor keeps apart in one file and family: a log with more has ids for keys, and no list of them helps. */
export const unknownKeysMax = 1_000;
/** Unknown keys that doctor names in one line. */
export const unknownKeysShown = 20;

/** Statements the shell remembers: years of questions, read in a blink. */
export const historyEntriesMax = 1_000;
/** A longer one is remembered only until the shell ends: it came from a file. In UTF-16 units. */
export const historyEntryUnitsMax = 64 * KiB;
/** Text given to a pager that is kept in case there is none after all; a pipe takes 64 KiB before it shows. In UTF-16 units. */
export const pagerKeptUnitsMax = MiB;
/** Candidates that Tab shows: about a screen. */
export const completionsMax = 60;
/** Calls of one client that wait while another one runs; the next is refused, because by its turn nobody would wait for it. */
export const mcpWaitingCallsMax = 32;
/** One message of a client: a statement of limits.statementBytesMax, every character of it escaped, and what stands around it. */
export const mcpMessageBytesMax = 8 * MiB;
/** A client that asked for progress of a call hears this often that it is alive: most give up what they hear nothing of for a minute. */
export const mcpProgressMs = 1_000;
/** Rows a tool gives at most: agentOutputUnitsMax holds fewer unless they are very short. */
export const mcpRowsMax = 1_000;
/** Names, ids and values in a call, in UTF-16 units: longer ones are no names. */
export const mcpWordUnitsMax = 1_000;
/** What a failed call says, message and hint each: enough for an error of DuckDB with the statement's line and its caret. */
export const mcpErrorCodePointsMax = 2_000;
/** Names in one list of a call: more than there are checks. */
export const mcpWordsMax = 200;
