import { shortId } from "../ids.js";
import type { StripeObject } from "../json/json-value.js";
import { newCustomer } from "../resources/customers.js";
import type { AccountStore } from "../store/account-store.js";
import { changeObject, createObject, deleteObject, type Fields, secondsNow } from "./mutation.js";

/** What can happen to a customer. */
export interface CustomerMutations {
  create(fields?: Fields): StripeObject;
  update(id: string, fields: Fields): StripeObject;
  /** Afterwards it is in no list, and is retrieved as `{id, object, deleted: true}`. */
  delete(id: string): void;
  /** Brings a deleted customer back as it was, without an event. Stripe itself does this by hand only. */
  restore(id: string): void;
}

export function customerMutations(account: AccountStore): CustomerMutations {
  return {
    create(fields = {}) {
      const id = shortId("cus_", account.random);
      const { livemode } = account;
      const customer = newCustomer({ id, created: secondsNow(account), livemode, ...fields });
      return createObject(account, "customer", customer, ["customer.created"]);
    },
    update: (id, fields) => changeObject(account, "customer", id, fields, ["customer.updated"]),
    delete: (id) => deleteObject(account, "customer", id, ["customer.deleted"]),
    restore: (id) => account.shelf("customer").restore(id),
  };
}
