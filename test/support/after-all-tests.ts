import { stopSharedServices } from './shared-services.js';

// eslint-disable-next-line no-restricted-exports -- Jest calls the default export of the file.
export default stopSharedServices;
