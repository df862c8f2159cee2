import { AcsClient } from '../../clients/typescript/src/index.js';
import { portSetting, serviceSettings } from '../shared/settings.js';
import { serve } from '../shared/web.js';
import { app } from './app.js';
import { web } from './web.js';

// Each side may do its own part and no more: the app cannot answer, the web cannot ask.
const forApp = new AcsClient(serviceSettings('challenge:post'));
const forWeb = new AcsClient(serviceSettings('challenge:answer challenge:complete'));

let webUrl = '';
({ url: webUrl } = await serve(
  web(forWeb, () => webUrl),
  portSetting('WEB_PORT', 4002),
));
const { url } = await serve(app(forApp, webUrl), portSetting('APP_PORT', 4001));
console.log(`Web: ${webUrl}`);
console.log(`App: ${url}`);
