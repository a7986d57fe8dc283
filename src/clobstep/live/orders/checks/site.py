"""What checks of an account look at, beside what all checks do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clobstep.live.checks.result import SkipError
from clobstep.live.checks.site import Site
from clobstep.live.orders.calls import Calls
from clobstep.venue.signing.auth import Credentials
from clobstep.venue.signing.signer import Signer

if TYPE_CHECKING:
    from clobstep.live.orders.checks.order import Plan


@dataclass(kw_only=True)
class AccountSite(Site):
    """`signer`: only a live check has one. `keystore`: beside it lie the credentials."""

    keystore: Path
    signer: Signer | None = None
    may_send: bool = False
    address: str = ""  # of the key, once a check has found it
    credentials: Credentials | None = field(default=None, repr=False)
    made_calls: Calls | None = None
    plan: Plan | None = None

    @property
    def calls(self) -> Calls:
        """Errors: SkipError without API credentials."""
        if self.made_calls is None:
            raise SkipError("there are no API credentials to ask with", "see the check of them")
        return self.made_calls

    @property
    def shown(self) -> Credentials:
        """Errors: SkipError without API credentials."""
        if self.credentials is None:
            raise SkipError("there are no API credentials to ask with", "see the check of them")
        return self.credentials

    @property
    def funder(self) -> str:
        """The address with the money: the key's own where none is configured."""
        return self.config.account.funder or self.address
