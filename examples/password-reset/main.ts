import { AcsClient } from '../../clients/typescript/src/index.js';
import { portSetting, serviceSettings } from '../shared/settings.js';
import { serve } from '../shared/web.js';
import { passwordReset } from './site.js';
import { Users } from './users.js';

const acs = new AcsClient(serviceSettings('challenge:post challenge:answer challenge:complete'));
const users = new Users([{ id: 'user-42', name: 'Ada', email: 'ada@example.com' }]);
const { url } = await serve(passwordReset(acs, users), portSetting('PASSWORD_RESET_PORT', 4000));
console.log(`Password reset: ${url}`);
