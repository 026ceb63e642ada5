"""python -m govpay: the same as the installed `govpay`."""

import sys

from govpay.riga import main

if __name__ == "__main__":
    sys.exit(main())
