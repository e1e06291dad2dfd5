# A picture for where no photograph is at hand: three patterned balls on a chequered floor, drawn
# by following rays of light backwards (Whitted 1980, doi:10.1145/358876.358882).

balls <- list(
  list(centre = c(-1.2, 0.9, 5.2), radius = 0.9, colour = c(0.85, 0.25, 0.2), rings = 26),
  list(centre = c(0.75, 0.65, 4.1), radius = 0.65, colour = c(0.2, 0.45, 0.85), rings = 40),
  list(centre = c(2.1, 1.1, 6.6), radius = 1.1, colour = c(0.95, 0.75, 0.25), rings = 14)
)
eye <- c(0, 1.5, 0)
light <- c(-0.5, 0.75, -0.43) # a direction of length 1

# Distances along rays from `from` in directions `along` (one in each row) to a ball; Inf if none.
distance_to <- function(ball, from, along) {
  offset <- sweep(from, 2L, ball$centre)
  half <- rowSums(offset * along)
  root <- half^2 - rowSums(offset^2) + ball$radius^2
  distance <- -half - sqrt(pmax(root, 0))
  ifelse(root > 0 & distance > 1e-6, distance, Inf)
}

# The light that surfaces at `points` with these `normals` get: none in the shadow of a ball.
brightness <- function(points, normals) {
  towards <- matrix(light, nrow(points), 3L, byrow = TRUE)
  is_lit <- Reduce(`&`, lapply(balls, function(ball) {
    is.infinite(distance_to(ball, points + 1e-4 * normals, towards))
  }))
  0.3 + 0.7 * pmax(normals %*% light, 0)[, 1L] * is_lit
}

# Colours, one in each row, that rays from the eye meet.
colours_along <- function(along) {
  from <- matrix(eye, nrow(along), 3L, byrow = TRUE)
  sky <- pmax(along[, 2L], 0)
  colours <- cbind(0.75 - 0.5 * sky, 0.85 - 0.4 * sky, 0.95 - 0.15 * sky)
  nearest <- ifelse(along[, 2L] < -1e-3, -eye[2L] / along[, 2L], Inf)

  floor <- which(nearest < 40)
  points <- from[floor, ] + nearest[floor] * along[floor, ]
  is_dark <- (floor(2 * points[, 1L]) + floor(2 * points[, 3L])) %% 2 == 0
  up <- matrix(c(0, 1, 0), nrow(points), 3L, byrow = TRUE)
  far <- nearest[floor] / 40
  shade <- ifelse(is_dark, 0.25, 0.9) * brightness(points, up)
  colours[floor, ] <- (1 - far) * shade + far * colours[floor, ]

  for (ball in balls) {
    distance <- distance_to(ball, from, along)
    hit <- which(distance < nearest)
    nearest[hit] <- distance[hit]
    points <- from[hit, , drop = FALSE] + distance[hit] * along[hit, , drop = FALSE]
    normals <- sweep(points, 2L, ball$centre) / ball$radius
    pattern <- sin(ball$rings * normals[, 2L]) * sin(ball$rings * atan2(normals[, 1L], normals[, 3L]))
    shade <- brightness(points, normals) * (0.75 + 0.25 * sign(pattern))
    shine <- pmax(normals %*% ((light + c(0, 0, -1)) / 1.69), 0)[, 1L]^60
    colours[hit, ] <- outer(shade, ball$colour) + 0.6 * shine
  }
  pmin(colours, 1)
}

# An array (channel, height, width) from 0 to 1. Every pixel is the mean of `samples`^2 rays.
scene <- function(height = 600, width = 800, samples = 3) {
  offsets <- expand.grid(row = seq_len(samples), column = seq_len(samples)) / samples - 0.5 / samples
  rays <- function(offset) {
    row <- rep(seq_len(height) - 1 + offset$row, width)
    column <- rep(seq_len(width) - 1 + offset$column, each = height)
    along <- cbind((column - width / 2) / height, (0.42 * height - row) / height, 1)
    along / sqrt(rowSums(along^2))
  }
  sums <- 0
  for (i in seq_len(nrow(offsets))) sums <- sums + colours_along(rays(offsets[i, ]))
  aperm(array(sums / samples^2, c(height, width, 3L)), c(3L, 1L, 2L))
}
