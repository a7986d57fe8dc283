"""EIP-712 digests and signatures of orders, and the headers that authenticate requests.

Digests need no key; `signer` needs one, and the extra `live`.
"""
