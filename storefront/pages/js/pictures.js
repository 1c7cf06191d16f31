/* Drawn placeholders: a line drawing of the kind of product on a tinted ground. Nothing is loaded from elsewhere. */
import { raw } from "./dom.js";

/** @typedef {Pick<ShopProduct, "product_id" | "title" | "category">} Depicted */

/** @type {(x: number, y: number, width: number, height: number, radius?: number) => string} */
const box = (x, y, w, h, r = 4) => `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}"/>`;
/** @type {(x: number, y: number, radius: number) => string} */
const circle = (x, y, r) => `<circle cx="${x}" cy="${y}" r="${r}"/>`;
/** @param {string} d */
const path = (d) => `<path d="${d}"/>`;

const DRAWINGS = {
  laptop: box(32, 30, 56, 38) + path("M22 78h76l-6 8H28z M52 78v3h16v-3"),
  tablet: box(38, 20, 44, 74, 6) + circle(60, 86, 2) + path("M46 30h28"),
  phone: box(43, 18, 34, 78, 7) + path("M55 24h10 M54 90h12"),
  watch: box(42, 40, 36, 36, 10) + path("M48 40l3-18h18l3 18 M48 76l3 18h18l3-18 M60 50v9l6 4"),
  monitor: box(24, 26, 72, 46) + path("M60 72v14 M44 88h32"),
  tv: box(18, 26, 84, 52) + path("M40 78l-6 10 M80 78l6 10 M26 34l14-3"),
  keyboard:
    box(18, 42, 84, 36, 6) +
    path(
      "M28 52h4 M40 52h4 M52 52h4 M64 52h4 M76 52h4 M88 52h4 M30 61h4 M42 61h4 M54 61h4 M66 61h4 M78 61h4 M40 70h40",
    ),
  mouse: box(42, 26, 36, 62, 18) + path("M60 26v22 M42 50h36 M60 34v6"),
  printer:
    path("M38 46V26h44v20 M38 80H26V50a4 4 0 0 1 4-4h60a4 4 0 0 1 4 4v30H82") +
    box(38, 66, 44, 26, 2) +
    circle(84, 55, 2),
  ink: path("M60 22c14 20 22 30 22 42a22 22 0 0 1-44 0c0-12 8-22 22-42z M50 66a10 10 0 0 0 10 10"),
  storage: box(30, 34, 60, 48, 6) + path("M30 66h60") + circle(80, 74, 2) + circle(72, 74, 2),
  camera: box(22, 38, 76, 48, 8) + circle(60, 62, 15) + circle(60, 62, 7) + path("M46 38l5-9h18l5 9 M86 48h4"),
  headphones: path("M28 70V58a32 32 0 0 1 64 0v12") + box(22, 64, 16, 26, 7) + box(82, 64, 16, 26, 7),
  speaker: box(38, 20, 44, 76, 8) + circle(60, 68, 14) + circle(60, 68, 5) + circle(60, 38, 6),
  console: box(26, 40, 68, 34, 6) + path("M26 62h68 M36 52h16") + circle(82, 52, 3),
  controller:
    path("M40 42h40c12 0 20 34 14 40s-16-10-20-12H46c-4 2-14 18-20 12s2-40 14-40z M44 52v10 M39 57h10") +
    circle(74, 54, 2) +
    circle(80, 60, 2),
  phonecase:
    box(40, 18, 40, 78, 9) + box(46, 25, 16, 20, 6) + circle(54, 31, 2.5) + circle(54, 39, 2.5) + path("M50 84h20"),
  sleeve: path(
    "M28 34h64a6 6 0 0 1 6 6v40a6 6 0 0 1-6 6H28a6 6 0 0 1-6-6V40a6 6 0 0 1 6-6z M22 46h62a6 6 0 0 1 6 6v34 M78 46v8",
  ),
  backpack:
    path(
      "M38 44a22 22 0 0 1 44 0v42a6 6 0 0 1-6 6H44a6 6 0 0 1-6-6z M52 24a8 8 0 0 1 16 0 M38 66h44 M52 66v7h16v-7 M48 44h24",
    ) + path("M38 56h-6v22h6 M82 56h6v22h-6"),
  bag: box(28, 42, 64, 46, 8) + path("M46 42v-8a6 6 0 0 1 6-6h16a6 6 0 0 1 6 6v8 M28 60h64 M56 60v6h8v-6"),
  cable: path("M36 24v16 M48 24v16 M30 40h24v10a12 12 0 0 1-24 0z M42 62v8a16 16 0 0 0 32 0V50a10 10 0 0 1 20 0v34"),
  home: path("M28 56l32-28 32 28 M36 50v38h48V50") + circle(60, 66, 8) + path("M60 74v14"),
  chip:
    box(38, 38, 44, 44, 4) +
    box(50, 50, 20, 20, 2) +
    path(
      "M46 38V28 M60 38V28 M74 38V28 M46 92V82 M60 92V82 M74 92V82 M38 46H28 M38 60H28 M38 74H28 M92 46H82 M92 60H82 M92 74H82",
    ),
  network:
    box(26, 60, 68, 24, 5) +
    path("M40 60V34 M80 60V34 M52 72h26") +
    circle(38, 72, 2) +
    path("M52 40a12 12 0 0 1 16 0 M46 33a20 20 0 0 1 28 0"),
  battery: box(26, 42, 62, 36, 6) + path("M88 52h6v16h-6 M60 48l-8 14h14l-8 12"),
  box: path("M60 24l34 16v40L60 96 26 80V40z M26 40l34 16 34-16 M60 56v40"),
};

/** @typedef {keyof typeof DRAWINGS} Kind */

/**
 * The first match wins, so accessories come before what they belong to.
 * @type {[RegExp, Kind][]}
 */
const KINDS = [
  [/phone case|cover/i, "phonecase"],
  [/sleeve/i, "sleeve"],
  [/backpack|rucksack/i, "backpack"],
  [/bag|case|stand|mount/i, "bag"],
  [/ink|toner|cartridge|paper|label/i, "ink"],
  [/batter|power|ups\b/i, "battery"],
  [/cable|charger|adapter|dock|hub/i, "cable"],
  [/controller|gamepad|joystick/i, "controller"],
  [/console|gaming consoles/i, "console"],
  [/notebook|laptop/i, "laptop"],
  [/tablet/i, "tablet"],
  [/watch/i, "watch"],
  [/phone(?!s?\w*set)(?<!head.{0,6}|ear.{0,6})/i, "phone"],
  [/head|ear/i, "headphones"],
  [/speaker|audio|sound/i, "speaker"],
  [/\btvs?\b|television|projector/i, "tv"],
  [/monitor|display/i, "monitor"],
  [/keyboard/i, "keyboard"],
  [/mice|mouse/i, "mouse"],
  [/print|scan/i, "printer"],
  [/ssd|drive|storage|memory card|usb stick/i, "storage"],
  [/camera|photo|video/i, "camera"],
  [/processor|memory|cpu|videocard|motherboard|graphic|component/i, "chip"],
  [/network|router|wi-?fi|switch/i, "network"],
  [/desktop|server|computer/i, "monitor"],
  [/home|kitchen|light|appliance/i, "home"],
];

/**
 * @param {string | null} text
 * @returns {Kind | undefined}
 */
const kindIn = (text) => KINDS.find(([pattern]) => pattern.test(text ?? ""))?.[1];

/** @param {Depicted} product */
const kindOf = (product) => {
  const kind = kindIn(product.category);
  // within bags the title tells a sleeve from a backpack; elsewhere it misleads: a laptop's title may name its camera
  return kind === undefined || kind === "bag" ? (kindIn(product.title) ?? kind ?? "box") : kind;
};

/**
 * The same number for the same text.
 * @param {string} text
 */
const hash = (text) => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);

/** @type {Kind[]} */
const ON_SHELF = ["headphones", "laptop", "watch", "camera", "controller"];

/** White outlines in a line, for the top of the home page. */
export const shelf = () =>
  raw(
    `<svg class="shelf" viewBox="0 0 520 120" aria-hidden="true">${ON_SHELF.map(
      (kind, i) => `<g transform="translate(${i * 102})">${DRAWINGS[kind]}</g>`,
    ).join("")}<path d="M4 106h504"/></svg>`,
  );

/**
 * An inline SVG for a product; same product, same picture.
 * @param {Depicted} product
 */
export function picture(product) {
  const kind = kindOf(product);
  const hue = ((hash(kind) * 47) % 360) + (hash(product.product_id) % 40) - 20;
  const [top, bottom, ink] = [`hsl(${hue} 42% 94%)`, `hsl(${hue} 38% 84%)`, `hsl(${hue} 34% 30%)`];
  const id = `g${product.product_id.replace(/\W/g, "")}`;
  return raw(`<svg class="picture" viewBox="-20 0 160 120" aria-hidden="true" data-kind="${kind}">
    <defs><linearGradient id="${id}" x1="0" y1="0" x2="0.4" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient></defs>
    <rect x="-20" width="160" height="120" fill="url(#${id})"/>
    <ellipse cx="60" cy="100" rx="34" ry="3.5" fill="${ink}" opacity=".12"/>
    <g fill="#fff" fill-opacity=".55" stroke="${ink}" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">${DRAWINGS[kind]}</g></svg>`);
}
