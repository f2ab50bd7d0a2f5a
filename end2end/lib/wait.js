// Waiting for something to be so, with a bound and a message that says what was seen instead.

/** What a probe may take longer than the time that is left, in milliseconds: its last answer is worth having. */
const GRACE = 5_000;

/** What `promise` gives; fails with `what` where it gives nothing within `ms`. For what has no bound of its own. */
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms / 1000} s: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls `probe` until it gives something truthy; fails with `what` and what it last gave otherwise. A probe that hangs is given up too. */
export async function until(what, probe, limit = 15_000) {
  const end = Date.now() + limit;
  let seen;
  for (;;) {
    try {
      seen = await within(Math.max(end - Date.now(), 0) + GRACE, 'the probe answers', probe());
      if (seen) return seen;
    } catch (error) {
      seen = error.message;
    }
    if (Date.now() > end) throw new Error(`not within ${limit / 1000} s: ${what} (last: ${String(seen)})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until `read` gives a value that equals `wanted`. */
export async function same(what, read, wanted, limit = 15_000) {
  let seen;
  try {
    await until(what, async () => JSON.stringify((seen = await read())) === JSON.stringify(wanted), limit);
  } catch {
    throw new Error(`not within ${limit / 1000} s: ${what} is ${JSON.stringify(wanted)}, but ${JSON.stringify(seen)}`);
  }
}
