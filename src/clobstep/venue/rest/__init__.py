"""The venue's REST interface, sans-IO: what is wanted -> requests, replies -> events.

`errors` says what a reply proves, `submits` and `cancels` are the answers to what we send, `reads`
has every look-up, `lookup` an order and its trades, `account` one consistent look at everything.
Owns no socket, clock or key: a request is a value that somebody else authenticates and sends.
"""
