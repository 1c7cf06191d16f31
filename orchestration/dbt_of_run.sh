#!/bin/sh
# dbt for as long as the run that called it: the kernel ends it when that process is killed (prctl(2), PR_SET_PDEATHSIG).
# A dbt that stayed would go on building beside the run's retry; a signal that it could ignore would leave it.
exec setpriv --pdeathsig KILL -- "${COMPTOIR_DBT:-dbt}" "$@"
