/** Texts by number, from 1; 0 is no text. Beyond the limit all are one: a log may hold any number of different lines. */
export class Interned<T> {
  readonly #numbers = new Map<string, number>();
  readonly #values: T[] = [];

  constructor(
    private readonly limit: number,
    private readonly beyond: T,
  ) {}

  number(key: string, value: T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#values.length > this.limit) return this.#values.length;
    this.#values.push(this.#values.length === this.limit ? this.beyond : value);
    if (this.#values.length <= this.limit) this.#numbers.set(key, this.#values.length);
    return this.#values.length;
  }

  value(number: number): T | undefined {
    return this.#values[number - 1];
  }
}
