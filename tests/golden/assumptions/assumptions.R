# R reference values of the steps about assumptions: Rscript assumptions.R (writes assumptions.json).
# Needs survival and splines. Data: ../r/cases/veteran_days.
suppressMessages({library(survival); library(splines)}); source('../r/json17.R')
n7 <- function(x) unname(as.numeric(x))
month <- 30.4375
d <- read.csv('../r/cases/veteran_days/data.csv')
d$arm <- factor(d$arm, c('standard', 'test'))
d$celltype <- factor(d$celltype, c('squamous', 'smallcell', 'adeno', 'large'))
o <- list(R = R.version.string, survival = as.character(packageVersion('survival')))

fits <- list(univariable = coxph(Surv(time, status) ~ arm, d),
  multivariable = coxph(Surv(time, status) ~ age + celltype + arm, d))
o$tests <- lapply(fits, function(f) { z <- cox.zph(f)$table; list(term = I(rownames(z)), chi_square = I(n7(z[, 1])), df = I(n7(z[, 2])), p_value = I(n7(z[, 3]))) })

# the smooth of plot.cox.zph and its limits, df = 4, 40 points
smooth <- function(f, i) {
  x <- cox.zph(f, terms = FALSE); xx <- x$x
  pred <- seq(min(xx), max(xx), length = 40); lmat <- ns(c(pred, xx), df = 4, intercept = TRUE)
  pmat <- lmat[1:40, ]; q <- qr(lmat[-(1:40), ]); bk <- backsolve(q$qr[1:4, 1:4], diag(4)); xtx <- bk %*% t(bk)
  half <- 2 * sqrt(x$var[i, i] * (((pmat %*% xtx) * pmat) %*% rep(1, 4))); y <- pmat %*% qr.coef(q, x$y[, i])
  list(x = I(n7(pred)), y = I(n7(y)), low = I(n7(y - half)), high = I(n7(y + half)))
}
o$smooth <- list(arm = smooth(fits$univariable, 1), age = smooth(fits$multivariable, 1))

# restricted means to the smaller of the arms' largest times; survival at months
tau <- min(tapply(d$time, d$arm, max))
s <- summary(survfit(Surv(time, status) ~ arm, d), rmean = tau)$table
diff <- s[2, 'rmean'] - s[1, 'rmean']; se <- sqrt(sum(s[, 'se(rmean)']^2))
o$restricted_mean <- list(tau = tau / month, rmst = I(n7(s[, 'rmean']) / month), difference = diff / month, se = se / month,
  low = (diff - qnorm(.975) * se) / month, high = (diff + qnorm(.975) * se) / month, p_value = 2 * pnorm(-abs(diff / se)))
at <- function(arm) summary(survfit(Surv(time, status) ~ 1, d[d$arm == arm, ]), times = c(3, 6) * month, extend = TRUE)
a <- at('standard'); b <- at('test'); half <- qnorm(.975) * sqrt(a$std.err^2 + b$std.err^2)
o$survival <- list(months = I(c(3, 6)), test = I(n7(b$surv)), difference = I(n7(b$surv - a$surv)), low = I(n7(b$surv - a$surv - half)), high = I(n7(b$surv - a$surv + half)))

# landmark: event-free and under observation after the day, clock restarted
o$landmark <- lapply(c(30, 60, 90), function(day) {
  k <- d[d$time > day, ]; k$time <- k$time - day; f <- summary(coxph(Surv(time, status) ~ arm, k))
  q <- quantile(survfit(Surv(time, status) ~ arm, k), .5)
  list(day = day, n = I(n7(table(k$arm))), events = I(n7(tapply(k$status, k$arm, sum))), left_out = I(n7(table(d$arm) - table(k$arm))),
    median = I(n7(q$quantile) / month), low = I(n7(q$lower) / month), hr = f$conf.int[1, 1], hr_low = f$conf.int[1, 3], hr_high = f$conf.int[1, 4],
    p_wald = f$coefficients[1, 5], log_rank = n7(survdiff(Surv(time, status) ~ arm, k)$chisq))
})
wj(o, 'assumptions.json')
