import { describe, expect, test } from 'vitest';
import { isSecretHeader, isSecretKey, isSecretParameter, judgeName } from '../../src/redact/names.ts';

describe('JSON keys', () => {
  test.each([
    ...[
      'token',
      'Token',
      'access_token',
      'accessToken',
      'refreshToken',
      'id_token',
      'apiToken',
      'auth_token',
      'bearerToken',
      'session_token',
      'securityToken',
    ],
    ...[
      'api_key',
      'apiKey',
      'APIKey',
      'apikey',
      'api-key',
      'private_key',
      'privateKey',
      'signing_key',
      'secretKey',
      'SECRET_KEY',
      'accesstoken',
    ],
    ...[
      'secret',
      'client_secret',
      'clientSecret',
      'password',
      'dbPassword',
      'PASSWORD_HASH',
      'authorization',
      'proxyAuthorization',
      'credential',
      'credentials',
      'aws_credentials',
    ],
    ...[
      'openai_api_key',
      'OPENAI_API_KEY',
      'x-api-key',
      'githubAccessToken',
      'auth.token',
      'config.api_key',
      'http.request.header.cookie',
      'http.request.header.x-auth-token',
    ],
  ])('%s promises a secret', (name) => expect(isSecretKey(name)).toBe(true));

  test.each([
    ...[
      'prompt_tokens',
      'completion_tokens',
      'max_tokens',
      'maxTokens',
      'total_tokens',
      'token_count',
      'tokens',
      'tokenizer',
      'output_tokens',
      'time_to_first_token',
    ],
    ...[
      'gen_ai.usage.input_tokens',
      'usage.token',
      'next_page_token',
      'secretary',
      'secretaries_needed',
      'key',
      'primary_key',
      'public_key',
      'keyboard',
      'author',
      'id',
      '',
    ],
    ...['cache_read_tokens', 'reasoning_tokens', 'eos_token', 'session_id', 'candidate_id', 'cookie_count'],
  ])('%s does not', (name) => expect(isSecretKey(name)).toBe(false));

  test('inside a usage object a number is a counter, inside headers the header rule holds', () => {
    expect(judgeName('usage', 'plain').below).toBe('usage');
    expect(judgeName('request_headers', 'plain').below).toBe('headers');
    expect(judgeName('responseHeaders', 'plain').below).toBe('headers');
    expect(judgeName('cookie', 'headers').secret).toBe(true);
    expect(judgeName('cookie', 'plain').secret).toBe(false);
  });

  test('a stream of fresh names does not make the store of verdicts grow or forget its rule', () => {
    for (let at = 0; at < 20_000; at += 1) judgeName(`field_${at}`, 'plain');
    expect(judgeName('password', 'plain').secret).toBe(true);
    expect(judgeName(`${'x'.repeat(100_000)}_password`, 'plain').secret).toBe(true);
  });
});

describe('headers', () => {
  test.each([
    ...['authorization', 'Authorization', 'x-api-key', 'api-key', 'Proxy-Authorization', 'cookie', 'Set-Cookie'],
    ...['x-goog-api-key', 'X-Auth-Token', 'x-csrf-token', 'client-secret', 'x-bearer', 'x_apikey', 'anthropic-api_key'],
  ])('%s is secret', (name) => expect(isSecretHeader(name)).toBe(true));

  test.each([
    ...['x-ratelimit-remaining-tokens', 'anthropic-ratelimit-input-tokens-limit', 'x-rate-limit-token-bucket'],
    ...['content-type', 'retry-after', 'x-request-id', 'openai-organization', 'user-agent', 'etag'],
  ])('%s is not', (name) => expect(isSecretHeader(name)).toBe(false));
});

describe('parameters of a URL', () => {
  test.each([
    'token',
    'access_token',
    'api_key',
    'key',
    'sig',
    'signature',
    'X-Amz-Signature',
    'X-Amz-Security-Token',
    'pwd',
    'page_token',
    'api%5Fkey',
  ])('%s is secret', (name) => expect(isSecretParameter(name)).toBe(true));
  test.each(['page', 'max_tokens', 'q', 'sort_key', 'design', 'X-Amz-Date', '%zz'])('%s is not', (name) =>
    expect(isSecretParameter(name)).toBe(false),
  );
});
