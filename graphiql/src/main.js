import './workers.js';
import 'graphiql/style.css';
import './page.css';
import './page.js';
