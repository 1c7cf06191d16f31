/* The cart, kept in the visitor's browser. */

const KEY = "comptoir.cart";

export class Cart {
  /** @param {(cart: Cart) => void} onChange called at once and after every change */
  constructor(onChange) {
    this.onChange = onChange;
    /** @type {CartLine[]} */
    this.lines = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    onChange(this);
  }

  get units() {
    return this.lines.reduce((sum, line) => sum + line.quantity, 0);
  }

  /** In `currency`, without tax. */
  get total() {
    return this.lines.reduce((sum, line) => sum + line.quantity * (line.item.price ?? 0), 0);
  }

  get currency() {
    return this.lines[0]?.item.currency;
  }

  /** @param {ShopProduct} item */
  add(item) {
    const line = this.lines.find((one) => one.item.product_id === item.product_id);
    if (line) line.quantity += 1;
    else this.lines.push({ item, quantity: 1 });
    this.#save();
  }

  /**
   * Takes a product out and returns its line, if there was one.
   * @param {string} productId
   */
  remove(productId) {
    const line = this.lines.find((one) => one.item.product_id === productId);
    this.lines = this.lines.filter((one) => one !== line);
    this.#save();
    return line;
  }

  clear() {
    this.lines = [];
    this.#save();
  }

  #save() {
    localStorage.setItem(KEY, JSON.stringify(this.lines));
    this.onChange(this);
  }
}
