import { startAuthorizationServer, type AuthorizationServerOptions } from './authorization-server.js';

/** A process of its own for the authorization server; `AUTHORIZATION_SERVER` holds its options as JSON. */
const options = JSON.parse(process.env.AUTHORIZATION_SERVER ?? '') as AuthorizationServerOptions;
console.log(`listening ${await startAuthorizationServer(options)}`);
