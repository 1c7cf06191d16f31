/*
 * Sends what a visitor does to a Segment-compatible collector (POST /v1/batch).
 *
 * Nothing is stored or sent before consent. Messages wait in localStorage, so a reload or a collector that is away
 * loses none; they leave in batches, by fetch while the page is open and by beacon when it is left.
 * Message format: Segment spec, common fields; plus context.sessionId and context.consent.
 */
const VERSION = "0.1.0";
const SESSION_IDLE = 30 * 60 * 1000; // ms without an event that end a session
const QUEUE_LIMIT = 500; // messages kept while the collector is away; the oldest go first
const BATCH_BYTES = 60_000; // a browser refuses beacons and keep-alive requests above 64 KiB
const EVENT_BYTES = 32_000; // the collector takes 32 KiB
const FIRST_RETRY = 1000; // ms, then twice as long each time
const LAST_RETRY = 30_000;

const read = (key) => { try { return JSON.parse(localStorage.getItem(`comptoir.${key}`)); } catch { return null; } };
const write = (key, value) => {
  try {
    if (value === null) localStorage.removeItem(`comptoir.${key}`);
    else localStorage.setItem(`comptoir.${key}`, JSON.stringify(value));
  } catch { /* storage is full or forbidden: this page goes on without it */ }
};
const bytes = (text) => new Blob([text]).size;
const newId = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

export class Tracker {
  /** `flushAfter` in ms; `flushAt` messages leave at once. */
  constructor({ collectorUrl, writeKey, flushAt = 10, flushAfter = 250 }) {
    Object.assign(this, { url: `${collectorUrl}/v1/batch`, writeKey, flushAt, flushAfter });
    this.queue = read("queue") ?? [];
    this.gone = new Set(); // ids of what this page has sent
    this.beaconed = new Set(); // of what it handed over without hearing an answer
    this.retryIn = FIRST_RETRY;
    this.consent = read("consent"); // null: not asked yet
    addEventListener("storage", ({ key }) => key === "comptoir.consent" && this.obey(read("consent"))); // another tab's
    addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.leave());
    addEventListener("pagehide", () => this.leave());
    if (this.queue.length) this.schedule(this.flushAfter);
  }

  /** {analytics, personalisation}; taking analytics back forgets the visitor and what was not sent yet. */
  setConsent(consent) {
    write("consent", consent);
    if (!consent.analytics) for (const key of ["visitor", "session", "queue", "user"]) write(key, null);
    this.obey(consent);
  }

  obey(consent) {
    this.consent = consent;
    if (!consent?.analytics) this.queue = [];
  }

  /** The first-party id, made at the first need and only with consent; "" without. */
  get visitorId() {
    if (!this.consent?.analytics) return "";
    const id = read("visitor") ?? newId();
    write("visitor", id);
    return id;
  }

  get sessionId() {
    const now = Date.now();
    const last = read("session");
    const id = last && now - last.at < SESSION_IDLE ? last.id : newId();
    write("session", { id, at: now });
    return id;
  }

  /** The visitor signs out: who comes next is somebody else. */
  reset() { for (const key of ["visitor", "session", "user"]) write(key, null); }

  page(name, properties = {}) { this.send({ type: "page", name, properties }); }
  track(event, properties = {}) { this.send({ type: "track", event, properties }); }
  identify(userId, traits = {}) { write("user", userId); this.send({ type: "identify", traits }); }

  send(message) {
    if (!this.consent?.analytics) return;
    const event = {
      ...message,
      messageId: newId(),
      anonymousId: this.visitorId,
      userId: read("user"),
      originalTimestamp: new Date().toISOString(),
      context: this.context(),
    };
    if (bytes(JSON.stringify(event)) > EVENT_BYTES) return console.warn("comptoir: too large to be sent", message);
    this.queue = [...this.queue, event].slice(-QUEUE_LIMIT);
    this.save();
    this.schedule(this.queue.length >= this.flushAt ? 0 : this.flushAfter);
  }

  context() {
    const query = new URLSearchParams(location.search);
    const utm = (name) => query.get(`utm_${name}`) ?? undefined;
    return {
      sessionId: this.sessionId,
      consent: this.consent,
      page: { path: location.pathname, url: location.href, referrer: document.referrer, title: document.title, search: location.search },
      campaign: query.has("utm_source") ? { source: utm("source"), medium: utm("medium"), name: utm("campaign") } : undefined,
      locale: navigator.language,
      userAgent: navigator.userAgent,
      device: { type: matchMedia("(max-width: 640px)").matches ? "mobile" : "desktop" },
      library: { name: "comptoir-tracker", version: VERSION },
    };
  }

  schedule(delay) {
    if (this.timer && this.due <= Date.now() + delay) return;
    clearTimeout(this.timer);
    this.due = Date.now() + delay;
    this.timer = setTimeout(() => { this.timer = null; this.flush(); }, delay);
  }

  /** The oldest messages that fit one request, as [body, messages]. */
  nextBatch(queue) {
    let batch = queue.slice(0, 100);
    const encode = () => JSON.stringify({ batch, sentAt: new Date().toISOString(), writeKey: this.writeKey });
    let body = encode();
    while (bytes(body) > BATCH_BYTES && batch.length > 1) {
      batch = batch.slice(0, batch.length >> 1);
      body = encode();
    }
    return [body, batch];
  }

  drop(batch) {
    for (const message of batch) this.gone.add(message.messageId);
    this.queue = this.queue.filter((message) => !this.gone.has(message.messageId));
    this.save();
  }

  /** Keep what waits, beside what other tabs keep. */
  save() {
    const mine = new Set(this.queue.map((message) => message.messageId));
    const others = (read("queue") ?? []).filter(({ messageId }) => !mine.has(messageId) && !this.gone.has(messageId));
    const kept = [...others, ...this.queue].slice(-QUEUE_LIMIT);
    write("queue", kept.length ? kept : null);
  }

  async flush() {
    if (this.sending || !this.queue.length) return;
    this.sending = true;
    const [body, batch] = this.nextBatch(this.queue);
    let wait = 0;
    try {
      // text/plain needs no preflight; the write key travels in the body, as Segment allows
      const answer = await fetch(this.url, { method: "POST", body, keepalive: true, headers: { "content-type": "text/plain" } });
      wait = 1000 * answer.headers.get("retry-after");
      // refused for good (4xx): sending it again would be refused again
      if (!answer.ok && (answer.status >= 500 || answer.status === 429)) throw new Error(`collector: ${answer.status}`);
      this.drop(batch);
      this.retryIn = FIRST_RETRY;
      if (this.queue.length) this.schedule(this.flushAfter);
    } catch {
      // not all at the same moment when the collector is back
      this.schedule(Math.max(wait, this.retryIn * (0.75 + Math.random() / 4)));
      this.retryIn = Math.min(this.retryIn * 2, LAST_RETRY);
    } finally {
      this.sending = false;
    }
  }

  /**
   * The page goes away: hand over what is left. A beacon has no answer, so that if the last request failed, or the
   * device is offline, the messages are kept for the next visit as well; their ids make a repeat harmless.
   */
  leave() {
    const isSure = navigator.onLine && this.retryIn === FIRST_RETRY;
    for (let rest = this.queue.filter(({ messageId }) => !this.beaconed.has(messageId)); rest.length; ) {
      const [body, batch] = this.nextBatch(rest);
      if (!navigator.sendBeacon(this.url, new Blob([body], { type: "text/plain" }))) return;
      rest = rest.slice(batch.length);
      for (const { messageId } of batch) this.beaconed.add(messageId);
      if (isSure) this.drop(batch);
    }
  }
}
