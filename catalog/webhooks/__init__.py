"""Others are told of what happened here: signed, retried, in order of their being due, never twice on purpose.

`outbox` writes what is to be told in the transaction of the thing itself, so nothing is announced that did not
happen and nothing that happened is forgotten. `sending` takes it from there, whoever rings: rows claimed for a while,
so that a worker which dies has only borrowed them. `posting` makes one request and trusts nobody, `addresses` says
whom it may reach, `signing` signs after the Standard Webhooks specification. `managing` is for those who own them.
"""
