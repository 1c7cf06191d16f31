/*
 * Sends what a visitor does to a Segment-compatible collector (POST /v1/batch).
 *
 * Nothing is stored or sent before consent. Messages wait in localStorage, so none is lost by a reload or while the
 * collector is away. They leave in batches: by fetch while the page is open, by beacon when the visitor leaves it.
 * Message format: Segment spec, common fields; plus context.sessionId and context.consent.
 * When a batch is acknowledged, which means that Kafka has it, the window gets an event `comptoir:sent` with `messages`.
 */
const VERSION = "0.1.0";
const SESSION_IDLE = 30 * 60 * 1000; // ms without an event that end a session
const QUEUE_LIMIT = 500; // messages kept while the collector is away; the oldest are dropped first
const BATCH_LIMIT = 100; // messages
const BATCH_BYTES = 60_000; // a browser refuses beacons and keep-alive requests above 64 KiB
const EVENT_BYTES = 32_000; // the collector takes 32 KiB
const FIRST_RETRY = 1000; // ms, then twice as long each time
const LAST_RETRY = 30_000;

/** @typedef {{ analytics: boolean, personalisation: boolean }} Consent */
/** @typedef {{ type: string, name?: string, event?: string, properties?: object, traits?: object }} Message */
/** @typedef {Message & { messageId: string }} QueuedMessage */

/** @param {string} key */
const read = (key) => {
  try {
    return JSON.parse(localStorage.getItem(`comptoir.${key}`) ?? "null");
  } catch {
    return null;
  }
};

/**
 * @param {string} key
 * @param {unknown} value null removes it
 */
const write = (key, value) => {
  try {
    if (value === null) localStorage.removeItem(`comptoir.${key}`);
    else localStorage.setItem(`comptoir.${key}`, JSON.stringify(value));
  } catch {
    // storage is full or forbidden: this page goes on without it
  }
};

/** Forgets the visitor and what was not sent; a withdrawal is still to be told. */
const forget = () => {
  for (const key of ["visitor", "session", "user"]) write(key, null);
  /** @type {QueuedMessage[]} */
  const stored = read("queue") ?? [];
  const withdrawals = stored.filter(({ type }) => type === "withdrawal");
  write("queue", withdrawals.length ? withdrawals : null);
};

/** @param {string} text */
const bytes = (text) => new Blob([text]).size;

const newId = () =>
  crypto.randomUUID?.() ?? // only on https and localhost
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export class Tracker {
  /**
   * `flushAfter` in ms; `flushAt` messages leave at once.
   * @param {{ collectorUrl: string, writeKey: string, flushAt?: number, flushAfter?: number }} options
   */
  constructor({ collectorUrl, writeKey, flushAt = 10, flushAfter = 250 }) {
    this.url = `${collectorUrl}/v1/batch`;
    this.writeKey = writeKey;
    this.flushAt = flushAt;
    this.flushAfter = flushAfter;
    /** @type {QueuedMessage[]} */
    this.queue = read("queue") ?? [];
    /** @type {Set<string>} ids that this page has sent */
    this.sent = new Set();
    /** @type {Set<string>} ids handed over by beacon, which has no answer */
    this.beaconed = new Set();
    this.sending = false;
    /** @type {number | undefined} of the next flush, which is due at `due` */
    this.timer = undefined;
    this.due = 0;
    this.retryIn = FIRST_RETRY;
    /** @type {[string, object] | undefined} an identify that waits for consent */
    this.unsaid = undefined;
    /** @type {Consent | null} null: not asked yet */
    this.consent = read("consent");
    addEventListener("storage", ({ key }) => {
      if (key !== "comptoir.consent") return;
      this.applyConsent(read("consent")); // given or taken back in another tab
      // which does not see at once what this one has stored
      if (!this.consent?.analytics) forget();
    });
    addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.sendRest();
    });
    addEventListener("pagehide", () => this.sendRest());
    if (this.queue.length) this.schedule(this.flushAfter);
  }

  /**
   * Taking analytics back forgets the visitor and what was not sent yet. The shop is told once, to forget them too.
   * @param {Consent} consent
   */
  setConsent(consent) {
    const visitor = read("visitor");
    write("consent", consent);
    if (!consent.analytics) forget();
    this.applyConsent(consent);
    if (consent.analytics || !visitor) return;
    this.enqueue({ type: "withdrawal", anonymousId: visitor, context: { consent } });
    this.flush();
  }

  /** @param {Consent | null} consent */
  applyConsent(consent) {
    this.consent = consent;
    if (!consent?.analytics) this.queue = [];
    else if (this.unsaid) this.identify(...this.unsaid);
  }

  /** The first-party id, made when first needed and only with consent; "" without. */
  get visitorId() {
    if (!this.consent?.analytics) return "";
    const id = read("visitor") ?? newId();
    write("visitor", id);
    return id;
  }

  /** The id to ask recommendations with; "" if they may not follow the visitor. */
  get followedVisitorId() {
    return this.consent?.personalisation ? this.visitorId : "";
  }

  get sessionId() {
    const now = Date.now();
    const last = read("session");
    const id = last && now - last.at < SESSION_IDLE ? last.id : newId();
    write("session", { id, at: now });
    return id;
  }

  /** Call it when the visitor signs out: whoever comes next is somebody else. */
  reset() {
    for (const key of ["visitor", "session", "user"]) write(key, null);
    this.unsaid = undefined;
  }

  /** @param {string} name */
  page(name, properties = {}) {
    this.send({ type: "page", name, properties });
  }

  /** @param {string} event */
  track(event, properties = {}) {
    this.send({ type: "track", event, properties });
  }

  /** @param {string} userId */
  identify(userId, traits = {}) {
    const isAgreed = this.consent?.analytics;
    this.unsaid = isAgreed ? undefined : [userId, traits];
    if (!isAgreed) return;
    write("user", userId);
    this.send({ type: "identify", traits });
  }

  /** @param {Message} message */
  send(message) {
    if (!this.consent?.analytics) return;
    this.enqueue({ ...message, anonymousId: this.visitorId, userId: read("user"), context: this.context() });
    this.schedule(this.queue.length >= this.flushAt ? 0 : this.flushAfter);
  }

  /** @param {Message & { anonymousId: string, userId?: string, context: object }} message */
  enqueue(message) {
    const event = { ...message, messageId: newId(), originalTimestamp: new Date().toISOString() };
    if (bytes(JSON.stringify(event)) > EVENT_BYTES) {
      console.warn("comptoir: this event is too large to be sent", message);
      return;
    }
    this.queue = [...this.queue, event].slice(-QUEUE_LIMIT);
    this.save();
  }

  context() {
    const { pathname: path, href: url, search } = location;
    const query = new URLSearchParams(search);
    const utm = (/** @type {string} */ name) => query.get(`utm_${name}`) ?? undefined;
    const source = utm("source");
    return {
      sessionId: this.sessionId,
      consent: this.consent,
      page: { path, url, referrer: document.referrer, title: document.title, search },
      campaign: source === undefined ? undefined : { source, medium: utm("medium"), name: utm("campaign") },
      locale: navigator.language,
      userAgent: navigator.userAgent,
      device: { type: matchMedia("(max-width: 640px)").matches ? "mobile" : "desktop" },
      library: { name: "comptoir-tracker", version: VERSION },
    };
  }

  /** @param {number} delay ms; an earlier flush that is already planned stays */
  schedule(delay) {
    if (this.timer && this.due <= Date.now() + delay) return;
    clearTimeout(this.timer);
    this.due = Date.now() + delay;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, delay);
  }

  /**
   * The oldest messages that fit one request.
   * @param {QueuedMessage[]} queue
   */
  nextBatch(queue) {
    let batch = queue.slice(0, BATCH_LIMIT);
    const encode = () => JSON.stringify({ batch, sentAt: new Date().toISOString(), writeKey: this.writeKey });
    let body = encode();
    while (bytes(body) > BATCH_BYTES && batch.length > 1) {
      batch = batch.slice(0, batch.length >> 1);
      body = encode();
    }
    return { body, batch };
  }

  /** @param {QueuedMessage[]} batch */
  drop(batch) {
    for (const message of batch) this.sent.add(message.messageId);
    this.queue = this.queue.filter((message) => !this.sent.has(message.messageId));
    this.save();
  }

  /** Stores the queue together with the messages that other tabs have stored. */
  save() {
    const mine = new Set(this.queue.map((message) => message.messageId));
    /** @type {QueuedMessage[]} */
    const stored = read("queue") ?? [];
    const others = stored.filter(({ messageId }) => !mine.has(messageId) && !this.sent.has(messageId));
    const kept = [...others, ...this.queue].slice(-QUEUE_LIMIT);
    write("queue", kept.length ? kept : null);
  }

  async flush() {
    if (this.sending || !this.queue.length) return;
    this.sending = true;
    const { body, batch } = this.nextBatch(this.queue);
    let wait = 0;
    try {
      // text/plain needs no preflight; the write key travels in the body, as Segment allows
      const headers = { "content-type": "text/plain" };
      const answer = await fetch(this.url, { method: "POST", body, keepalive: true, headers });
      wait = 1000 * Number(answer.headers.get("retry-after"));
      // any other 4xx would be the answer to a repeat as well, so these messages are given up
      if (answer.status >= 500 || answer.status === 429) throw new Error(`collector: ${answer.status}`);
      this.drop(batch);
      dispatchEvent(new CustomEvent("comptoir:sent", { detail: { messages: batch } }));
      this.retryIn = FIRST_RETRY;
      if (this.queue.length) this.schedule(this.flushAfter);
    } catch {
      // the random part spreads the visitors, so that not all ask at the moment the collector is back
      this.schedule(Math.max(wait, this.retryIn * (0.75 + Math.random() / 4)));
      this.retryIn = Math.min(this.retryIn * 2, LAST_RETRY);
    } finally {
      this.sending = false;
    }
  }

  /**
   * Hands over what is left when the page goes away. A beacon has no answer: if the last request failed, or the
   * device is offline, the messages are kept for the next visit as well. Their ids make a repeat harmless.
   */
  sendRest() {
    const isSure = navigator.onLine && this.retryIn === FIRST_RETRY;
    let rest = this.queue.filter(({ messageId }) => !this.beaconed.has(messageId));
    while (rest.length) {
      const { body, batch } = this.nextBatch(rest);
      if (!navigator.sendBeacon(this.url, new Blob([body], { type: "text/plain" }))) return;
      rest = rest.slice(batch.length);
      for (const { messageId } of batch) this.beaconed.add(messageId);
      if (isSure) this.drop(batch);
    }
  }
}
