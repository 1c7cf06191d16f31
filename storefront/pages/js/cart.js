/* The cart, kept in the visitor's browser: product ids and quantities. Names and prices are always the shop's. */

const KEY = "comptoir.cart";
const MOST = 99; // of one product
const LINES = 50;

/**
 * What was stored, as far as it is a cart; the rest, which anybody can have written, is left out.
 * @returns {KeptLine[]}
 */
const stored = () => {
  /** @type {unknown} */
  let found;
  try {
    found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(found)) return [];
  return found
    .flatMap((line) => {
      const { product_id, quantity } = line ?? {};
      return typeof product_id === "string" && Number.isInteger(quantity) && quantity > 0
        ? [{ product_id, quantity: Math.min(quantity, MOST) }]
        : [];
    })
    .slice(0, LINES);
};

export class Cart {
  /** @param {(cart: Cart) => void} onChange called at once and after every change, also of another tab */
  constructor(onChange) {
    this.onChange = onChange;
    this.lines = stored();
    addEventListener("storage", ({ key }) => {
      if (key !== KEY) return;
      this.lines = stored();
      onChange(this);
    });
    onChange(this);
  }

  get units() {
    return this.lines.reduce((sum, line) => sum + line.quantity, 0);
  }

  /** @param {string} productId */
  add(productId) {
    this.set(productId, (this.lines.find((one) => one.product_id === productId)?.quantity ?? 0) + 1);
  }

  /**
   * How many of a product are wanted; 0 takes it out.
   * @param {string} productId
   * @param {number} quantity
   */
  set(productId, quantity) {
    const wanted = Math.min(Math.max(Math.trunc(quantity) || 0, 0), MOST);
    const line = this.lines.find((one) => one.product_id === productId);
    if (!wanted) this.lines = this.lines.filter((one) => one !== line);
    else if (line) line.quantity = wanted;
    else this.lines.push({ product_id: productId, quantity: wanted });
    this.#save();
  }

  clear() {
    this.lines = [];
    this.#save();
  }

  #save() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.lines));
    } catch {
      // storage is full or forbidden: the cart lives as long as the page
    }
    this.onChange(this);
  }
}
