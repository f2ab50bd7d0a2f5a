// Waiting for something to be so, with a bound and a message that says what was seen instead.

/** Calls `probe` until it gives something truthy; fails with `what` and what it last gave otherwise. */
export async function until(what, probe, within = 15_000) {
  const end = Date.now() + within;
  let seen;
  for (;;) {
    try {
      seen = await probe();
      if (seen) return seen;
    } catch (error) {
      seen = error.message;
    }
    if (Date.now() > end) throw new Error(`not within ${within / 1000} s: ${what} (last: ${String(seen)})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until `read` gives a value that equals `wanted`. */
export async function same(what, read, wanted, within = 15_000) {
  let seen;
  try {
    await until(what, async () => JSON.stringify((seen = await read())) === JSON.stringify(wanted), within);
  } catch {
    throw new Error(`not within ${within / 1000} s: ${what} is ${JSON.stringify(wanted)}, but ${JSON.stringify(seen)}`);
  }
}
