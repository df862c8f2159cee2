import { create } from '../load/flows.js';
import { callApi } from '../rig/api-call.js';
import { CODE_POLICY } from '../rig/product.js';
import type { Rig } from '../rig/rig.js';

/** Throws unless the product finds what the floor has done as it would have done it itself: a floor that does less is none. */
export async function checkFloor({ api, product, stock }: Rig, floorUrl: string): Promise<void> {
  const token = product.token();
  const post = async (path: string, body: unknown): Promise<string> => {
    const answered = await callApi(`${floorUrl}/code`, token, { method: 'POST', path, body });
    return String(answered.body['id']);
  };
  const expectState = async (id: string, wanted: Readonly<Record<string, unknown>>): Promise<void> => {
    const { body } = await callApi(api.url, token, { method: 'GET', path: `/v1/challenges/${id}` });
    for (const [property, value] of Object.entries(wanted)) {
      if (JSON.stringify(body[property]) !== JSON.stringify(value))
        throw new Error(
          `The floor left ${property} ${JSON.stringify(body[property])}, not ${JSON.stringify(value)}`,
        );
    }
  };

  const { path, body, headers } = create(CODE_POLICY, true, true);
  const created = await callApi(`${floorUrl}/code`, token, { method: 'POST', path, body, headers: headers! });
  await expectState(String(created.body['id']), { state: 'ISSUED', type: 'EMAIL_OTP' });

  const [answered, failed] = await stock.make(2, 'ISSUED');
  await post(`/v1/challenges/${answered!.id}/answer`, { answer: answered!.code });
  await expectState(answered!.id, { state: 'VERIFIED', attempts: { used: 1, max: 5 } });
  await post(`/v1/challenges/${failed!.id}/answer`, { answer: '000000' });
  await expectState(failed!.id, { state: 'ISSUED', attempts: { used: 1, max: 5 } });

  const [completed] = await stock.make(1, 'VERIFIED');
  await post(`/v1/challenges/${completed!.id}/complete`, {});
  await expectState(completed!.id, { state: 'COMPLETED' });
}
