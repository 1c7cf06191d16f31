#!/bin/sh
# dbt for as long as the run that called it: the kernel ends it when that process is killed (prctl(2), PR_SET_PDEATHSIG).
# A dbt that stayed would go on building beside the run's retry.
exec setpriv --pdeathsig TERM -- "${COMPTOIR_DBT:-dbt}" "$@"
