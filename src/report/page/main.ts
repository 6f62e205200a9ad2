import type { PageData } from '../html/page-data.js';
import { byId } from './dom.js';
import { filterBar } from './filter.js';
import { filteredStrip, filteredTables } from './filtered.js';
import { flameGraph } from './flame.js';
import { printing } from './print.js';
import { scrollers } from './scrollers.js';
import { sortableTables } from './sortable.js';
import { stackList } from './stack-list.js';
import { themeToggle } from './theme.js';

const data = JSON.parse(byId('page-data').textContent ?? 'null') as PageData | null;

document.documentElement.classList.add('scripted');
themeToggle();
printing();
scrollers();
if (data && data.total > 0) {
  const draw = flameGraph(data);
  const list = stackList(data);
  const tables = filteredTables(data);
  const strip = filteredStrip();
  const filter = filterBar(data, (filtered) => {
    draw(filtered.shown);
    tables(filtered);
    strip(filtered);
    list(filtered.shown);
  });
  sortableTables(filter.only);
} else {
  sortableTables(null);
}
