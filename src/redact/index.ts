// What must not reach the disk. Everything here is pure.
export { type Body, redactBody } from './body.ts';
export { type CutText, cutBytes, cutCodePoints } from './cut.ts';
export { type HeaderObject, type HeaderPairs, type HeaderValue, redactHeaders } from './headers.ts';
export { countKeyShapes, type KeyShape, keyShapes } from './key-shapes.ts';
export { REDACTED } from './marker.ts';
export { type RedactRecordOptions, redactorOf, redactRecord } from './record.ts';
export { redactText } from './text.ts';
export { redactUrl } from './urls.ts';
