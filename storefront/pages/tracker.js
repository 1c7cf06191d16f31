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

const read = (key) => { try { return JSON.parse(localStorage.getItem(`comptoir.${key}`)); } catch { return null; } };
const write = (key, value) => {
  try {
    if (value === null) localStorage.removeItem(`comptoir.${key}`);
    else localStorage.setItem(`comptoir.${key}`, JSON.stringify(value));
  } catch { /* storage is full or forbidden: this page goes on without it */ }
};
const newId = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

export class Tracker {
  /** `flushAfter` in ms; `flushAt` messages leave at once. */
  constructor({ collectorUrl, writeKey, flushAt = 10, flushAfter = 250 }) {
    Object.assign(this, { url: `${collectorUrl}/v1/batch`, writeKey, flushAt, flushAfter });
    this.queue = read("queue") ?? [];
    this.retryIn = 1000;
    this.consent = read("consent"); // null: not asked yet
    addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.leave());
    addEventListener("pagehide", () => this.leave());
    if (this.queue.length) this.schedule(this.flushAfter);
  }

  /** {analytics, personalisation}; taking analytics back forgets the visitor and what was not sent yet. */
  setConsent(consent) {
    this.consent = consent;
    write("consent", consent);
    if (!consent.analytics) {
      this.queue = [];
      for (const key of ["visitor", "session", "queue", "user"]) write(key, null);
    }
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

  page(name, properties = {}) { this.send({ type: "page", name, properties }); }
  track(event, properties = {}) { this.send({ type: "track", event, properties }); }
  identify(userId, traits = {}) { write("user", userId); this.send({ type: "identify", traits }); }

  send(message) {
    if (!this.consent?.analytics) return;
    this.queue.push({
      ...message,
      messageId: newId(),
      anonymousId: this.visitorId,
      userId: read("user"),
      originalTimestamp: new Date().toISOString(),
      context: this.context(),
    });
    this.queue = this.queue.slice(-QUEUE_LIMIT);
    write("queue", this.queue);
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
  nextBatch() {
    let batch = this.queue.slice(0, 100);
    const encode = () => JSON.stringify({ batch, sentAt: new Date().toISOString(), writeKey: this.writeKey });
    let body = encode();
    while (body.length > BATCH_BYTES && batch.length > 1) {
      batch = batch.slice(0, batch.length >> 1);
      body = encode();
    }
    return [body, batch];
  }

  drop(batch) {
    const sent = new Set(batch.map((message) => message.messageId));
    this.queue = this.queue.filter((message) => !sent.has(message.messageId));
    write("queue", this.queue.length ? this.queue : null);
  }

  async flush() {
    if (this.sending || !this.queue.length) return;
    this.sending = true;
    const [body, batch] = this.nextBatch();
    try {
      // text/plain needs no preflight; the write key travels in the body, as Segment allows
      const answer = await fetch(this.url, { method: "POST", body, keepalive: true, headers: { "content-type": "text/plain" } });
      // refused for good (4xx): sending it again would be refused again
      if (!answer.ok && (answer.status >= 500 || answer.status === 429)) throw new Error(`collector: ${answer.status}`);
      this.drop(batch);
      this.retryIn = 1000;
      if (this.queue.length) this.schedule(this.flushAfter);
    } catch {
      this.schedule(this.retryIn);
      this.retryIn = Math.min(this.retryIn * 2, 30_000);
    } finally {
      this.sending = false;
    }
  }

  /** The page goes away: hand over what is left. A beacon has no answer; the event id makes a repeat harmless. */
  leave() {
    while (this.queue.length) {
      const [body, batch] = this.nextBatch();
      if (!navigator.sendBeacon(this.url, new Blob([body], { type: "text/plain" }))) return;
      this.drop(batch);
    }
  }
}
