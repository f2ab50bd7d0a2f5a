// Everything that must not happen while a page is used, whatever the test itself looks at: errors in the browser's
// console (breaches of the content security policy are among them), errors of scripts, answers of 400 and above, failed
// requests, requests to anybody but the console.

export class Faults {
  #found = [];
  #expected = [];

  constructor(context, origin) {
    const note = (text) => this.#found.push(text);
    context.on('console', (message) => {
      if (message.type() !== 'error') return;
      // The answer or the failure itself is noted below, with its method and address.
      if (message.text().startsWith('Failed to load resource')) return;
      note(`console: ${message.text()}`);
    });
    context.on('weberror', (error) => note(`page: ${error.error().stack ?? error.error()}`));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && url.protocol !== 'data:') note(`outside request: ${request.url()}`);
    });
    context.on('response', (response) => {
      if (response.status() >= 400) note(`${named(response.request())} answered ${response.status()}`);
    });
    context.on('requestfailed', (request) => {
      const why = request.failure()?.errorText;
      // A stream or a file whose page was left.
      if (why !== 'net::ERR_ABORTED') note(`${named(request)} failed: ${why}`);
    });
  }

  /** What a test provokes on purpose: a part of the fault's text, or a pattern. */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  /** What was not expected. */
  list() {
    const matches = (fault, pattern) => (typeof pattern === 'string' ? fault.includes(pattern) : pattern.test(fault));
    return this.#found.filter((fault) => !this.#expected.some((pattern) => matches(fault, pattern)));
  }
}

function named(request) {
  const { pathname, search } = new URL(request.url());
  return `${request.method()} ${pathname}${search}`;
}
