/** A date as kd writes it: `Thu Feb  6 13:33:54.647 2025 (UTC + 0:00)`. */
export function kdDate(date: Date): string {
  const [weekday = '', month = ''] = [date.toUTCString().slice(0, 3), date.toUTCString().slice(8, 11)];
  const time = date.toISOString().slice(11, 23);
  return `${weekday} ${month} ${String(date.getUTCDate()).padStart(2)} ${time} ${date.getUTCFullYear()} (UTC + 0:00)`;
}

/** A date as a debugging server writes it: `Wed Dec 19 06:23:07 2018`. */
export function serverDate(date: Date): string {
  return kdDate(date)
    .replace(/\.\d{3}/, '')
    .replace(/ \(.*$/, '');
}
